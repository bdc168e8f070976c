"""One file for each command or group of commands; each has an object called ``command``."""
