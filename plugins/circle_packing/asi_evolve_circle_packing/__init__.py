"""Circle packing: place circles in a container, maximise the sum of radii."""
