"""Denoising: programs that take the noise out of signals. The hooks; the work is in the modules that they call."""

from asi_evolve import hookimpl

__version__ = "0.1.0"


@hookimpl
def domain():
    from asi_evolve_denoise.declaration import make_domain

    return make_domain()


@hookimpl
def inputs(context, stage, replicate, seed):
    from asi_evolve_denoise.signals import make_signals

    clean, noisy = make_signals(seed, count=context.config.signals, noise=context.config.noise)
    # The first goes into the jail, the second to score() and nowhere else.
    return {"signals": noisy}, {"clean": clean, "noisy": noisy}


@hookimpl
def score(execution, hidden):
    from asi_evolve_denoise.scoring import score_signals

    return score_signals(execution.outputs, hidden["clean"], hidden["noisy"])


@hookimpl
def register_samplers(register):
    from asi_evolve_denoise.tournament import make_tournament

    register("tournament", make_tournament)


@hookimpl
def on_new_best(event):
    # An observer: it only watches. The log of the standard library decides where this goes.
    import logging

    logging.getLogger("asi_evolve_denoise").info("%s: %.2f dB", event.experiment.experiment_id, event.experiment.value)
