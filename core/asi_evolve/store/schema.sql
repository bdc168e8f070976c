-- Schema of the database, version 4. Every table and column is commented; docs/reference/schema.md lists them.
-- JSON columns hold NaN and infinities as {"$float": "nan"} and arrays as {"$array": ...} (see codec.py).
-- Tables that belong to an experiment repeat its seq: rows lie in that order, so that looking one up skips the rest.

CREATE TABLE schema_version (
    version INTEGER PRIMARY KEY,
    applied_at VARCHAR NOT NULL,
    core_version VARCHAR NOT NULL,
    note VARCHAR NOT NULL
);
COMMENT ON TABLE schema_version IS 'One row for each version that this file has had; the highest is the present one.';
COMMENT ON COLUMN schema_version.version IS 'Number of the schema.';
COMMENT ON COLUMN schema_version.applied_at IS 'When it was created or migrated to, UTC, ISO 8601.';
COMMENT ON COLUMN schema_version.core_version IS 'Version of asi-evolve that did it.';
COMMENT ON COLUMN schema_version.note IS 'What the version brought.';

CREATE TABLE runs (
    run_id VARCHAR PRIMARY KEY,
    position BIGINT NOT NULL,
    plugin VARCHAR NOT NULL,
    title VARCHAR NOT NULL,
    seed BIGINT,
    backend VARCHAR,
    stage VARCHAR,
    proposer VARCHAR,
    sampler VARCHAR,
    workers INTEGER,
    rounds INTEGER,
    target DOUBLE,
    status VARCHAR NOT NULL,
    reason VARCHAR NOT NULL,
    config JSON NOT NULL,
    tier VARCHAR NOT NULL,
    environment JSON NOT NULL,
    parent_run VARCHAR,
    forked_at INTEGER,
    core_version VARCHAR NOT NULL,
    plugin_version VARCHAR NOT NULL,
    created_at VARCHAR NOT NULL,
    ended_at VARCHAR,
    objective JSON NOT NULL
);
COMMENT ON TABLE runs IS 'One row for each run: its settings, where it stands and why it ended.';
COMMENT ON COLUMN runs.run_id IS 'Six hexadecimal digits.';
COMMENT ON COLUMN runs.position IS 'Order of creation in this database, from 1.';
COMMENT ON COLUMN runs.plugin IS 'Name of the domain.';
COMMENT ON COLUMN runs.title IS 'Title of the domain or problem, for people.';
COMMENT ON COLUMN runs.seed IS 'Seed of all randomness of the run.';
COMMENT ON COLUMN runs.backend IS 'Backend of the candidates: numpy, torch or jax.';
COMMENT ON COLUMN runs.stage IS 'Stage that the run was asked to stop at; empty for the domain''s last.';
COMMENT ON COLUMN runs.proposer IS 'Name of the proposer.';
COMMENT ON COLUMN runs.sampler IS 'Name of the sampler.';
COMMENT ON COLUMN runs.workers IS 'Rounds that run at once.';
COMMENT ON COLUMN runs.rounds IS 'Rounds requested in total; seeds and baselines (round 0) are not counted.';
COMMENT ON COLUMN runs.target IS 'Value at which the run stops; NULL for none.';
COMMENT ON COLUMN runs.status IS 'running, completed, target, budget, stopped, failed or interrupted.';
COMMENT ON COLUMN runs.reason IS 'One line: why it ended, or empty.';
COMMENT ON COLUMN runs.config IS 'The full settings.';
COMMENT ON COLUMN runs.tier IS 'Isolation tier of the sandbox.';
COMMENT ON COLUMN runs.environment IS 'Python, platform and package versions.';
COMMENT ON COLUMN runs.parent_run IS 'The run that this one was forked from, or NULL.';
COMMENT ON COLUMN runs.forked_at IS 'Last round that was copied from it, or NULL.';
COMMENT ON COLUMN runs.core_version IS 'Version of asi-evolve.';
COMMENT ON COLUMN runs.plugin_version IS 'Version of the domain''s distribution.';
COMMENT ON COLUMN runs.created_at IS 'UTC, ISO 8601; cast with created_at::TIMESTAMP.';
COMMENT ON COLUMN runs.ended_at IS 'UTC, ISO 8601; NULL while running.';
COMMENT ON COLUMN runs.objective IS 'Name and unit of the value.';

CREATE TABLE experiments (
    experiment_id VARCHAR PRIMARY KEY,
    seq BIGINT,
    run_id VARCHAR NOT NULL,
    round INTEGER NOT NULL,
    stage VARCHAR NOT NULL,
    backend VARCHAR NOT NULL,
    entry VARCHAR NOT NULL,
    origin VARCHAR NOT NULL,
    status VARCHAR NOT NULL,
    value DOUBLE,
    fitness DOUBLE,
    valid BOOLEAN NOT NULL,
    stderr DOUBLE,
    replicates INTEGER,
    attested BOOLEAN,
    feedback VARCHAR,
    features JSON,
    score JSON,
    parents VARCHAR[] NOT NULL,
    motivation VARCHAR NOT NULL,
    expected_effect VARCHAR NOT NULL,
    provenance_class VARCHAR,
    verdicts JSON NOT NULL,
    notes JSON NOT NULL,
    sampler_data JSON NOT NULL,
    error VARCHAR NOT NULL,
    tier VARCHAR NOT NULL,
    truncated BOOLEAN NOT NULL,
    wall_s DOUBLE NOT NULL,
    cpu_s DOUBLE NOT NULL,
    peak_memory_mb DOUBLE NOT NULL,
    created_at VARCHAR NOT NULL,
    recorded_at VARCHAR NOT NULL,
    known BIGINT,
    record BLOB
);
COMMENT ON TABLE experiments IS 'One row for each round, seed and baseline; failed and rejected ones too.';
COMMENT ON COLUMN experiments.experiment_id IS 'RUN.N for round N, RUN.s0.. for seeds, RUN.b0.. for baselines.';
COMMENT ON COLUMN experiments.seq IS 'Order of completion in this database, from 1; NULL while running or when interrupted.';
COMMENT ON COLUMN experiments.run_id IS 'The run.';
COMMENT ON COLUMN experiments.round IS '0 for seeds and baselines, then 1, 2, ...';
COMMENT ON COLUMN experiments.stage IS 'Last stage that it reached.';
COMMENT ON COLUMN experiments.backend IS 'Backend of the candidate.';
COMMENT ON COLUMN experiments.entry IS 'Path of the candidate''s file that is imported.';
COMMENT ON COLUMN experiments.origin IS 'seed, baseline, grammar, llm or human.';
COMMENT ON COLUMN experiments.status IS 'ok, error, timeout, crash, oom, disk, killed, no_result, invalid_result, rejected, quarantined, interrupted or running.';
COMMENT ON COLUMN experiments.value IS 'The measured value, higher is better; NULL unless valid.';
COMMENT ON COLUMN experiments.fitness IS 'What selection uses; NULL unless valid.';
COMMENT ON COLUMN experiments.valid IS 'Whether it counts: executed, scored, found valid, not quarantined.';
COMMENT ON COLUMN experiments.stderr IS 'Standard error of value over replicates; NULL for a single or exact score.';
COMMENT ON COLUMN experiments.replicates IS 'Number of replicates in the value; NULL without a score.';
COMMENT ON COLUMN experiments.attested IS 'False when the value was computed where the candidate could touch it; NULL without a score.';
COMMENT ON COLUMN experiments.feedback IS 'The scorer''s words for the next proposal; NULL without a score.';
COMMENT ON COLUMN experiments.features IS 'Behaviour descriptors by name; NULL without a score.';
COMMENT ON COLUMN experiments.score IS 'The scorer''s own value, fitness and valid flag, kept for results that do not count too; NULL without a score.';
COMMENT ON COLUMN experiments.parents IS 'Experiment ids; the first is the main parent.';
COMMENT ON COLUMN experiments.motivation IS 'Why the proposer tried this.';
COMMENT ON COLUMN experiments.expected_effect IS 'What it expected.';
COMMENT ON COLUMN experiments.provenance_class IS 'cognition, experience or novel; NULL for seeds and baselines.';
COMMENT ON COLUMN experiments.verdicts IS 'What the checks said: check, passed, message, advisory, details.';
COMMENT ON COLUMN experiments.notes IS 'The proposer''s own record of its decision (operator, slot, block, constants).';
COMMENT ON COLUMN experiments.sampler_data IS 'The sampler''s own record of its choice (for example the island).';
COMMENT ON COLUMN experiments.error IS 'One line: what went wrong in the last execution or check, or empty.';
COMMENT ON COLUMN experiments.tier IS 'Isolation tier of the last execution, or empty.';
COMMENT ON COLUMN experiments.truncated IS 'A limit struck and an emission was scored: not reproducible.';
COMMENT ON COLUMN experiments.wall_s IS 'Wall seconds of its executions, summed.';
COMMENT ON COLUMN experiments.cpu_s IS 'CPU seconds of its executions, summed.';
COMMENT ON COLUMN experiments.peak_memory_mb IS 'Highest memory of its executions, MiB.';
COMMENT ON COLUMN experiments.created_at IS 'When the round began, UTC, ISO 8601.';
COMMENT ON COLUMN experiments.recorded_at IS 'When the row was written, UTC, ISO 8601.';
COMMENT ON COLUMN experiments.known IS 'How many experiments of the run had been taken in when the round began: what it could learn from. NULL for seeds, baselines and rounds of version 0.1 or older.';
COMMENT ON COLUMN experiments.record IS 'All of the experiment''s rows again, compressed, for a run that goes back to old experiments; NULL while running and in rows of older versions. Leave it out with SELECT * EXCLUDE (record); set it to NULL if you change a row by hand.';

CREATE TABLE attempts (
    experiment_id VARCHAR NOT NULL,
    seq BIGINT NOT NULL,
    position INTEGER NOT NULL,
    number INTEGER NOT NULL,
    kind VARCHAR NOT NULL,
    status VARCHAR NOT NULL,
    reason VARCHAR NOT NULL,
    motivation VARCHAR NOT NULL,
    files JSON,
    verdicts JSON NOT NULL
);
COMMENT ON TABLE attempts IS 'Each proposal and repair of a round, refused ones too.';
COMMENT ON COLUMN attempts.experiment_id IS 'The experiment.';
COMMENT ON COLUMN attempts.seq IS 'Its order of completion (experiments.seq).';
COMMENT ON COLUMN attempts.position IS 'Order within the experiment, from 0.';
COMMENT ON COLUMN attempts.number IS 'The attempt''s own number.';
COMMENT ON COLUMN attempts.kind IS 'proposal or repair.';
COMMENT ON COLUMN attempts.status IS 'accepted, rejected or failed.';
COMMENT ON COLUMN attempts.reason IS 'Why it was refused, or empty.';
COMMENT ON COLUMN attempts.motivation IS 'The proposer''s words.';
COMMENT ON COLUMN attempts.files IS 'Path -> source; NULL when they are the candidate''s files.';
COMMENT ON COLUMN attempts.verdicts IS 'What the checks said of this attempt.';

CREATE TABLE candidate_files (
    experiment_id VARCHAR NOT NULL,
    seq BIGINT NOT NULL,
    position INTEGER NOT NULL,
    path VARCHAR NOT NULL,
    source VARCHAR NOT NULL
);
COMMENT ON TABLE candidate_files IS 'The sources of each candidate.';
COMMENT ON COLUMN candidate_files.experiment_id IS 'The experiment.';
COMMENT ON COLUMN candidate_files.seq IS 'Its order of completion (experiments.seq).';
COMMENT ON COLUMN candidate_files.position IS 'Order of the file within the candidate, from 0.';
COMMENT ON COLUMN candidate_files.path IS 'Relative path.';
COMMENT ON COLUMN candidate_files.source IS 'The text of the file.';

CREATE TABLE executions (
    experiment_id VARCHAR NOT NULL,
    seq BIGINT NOT NULL,
    position INTEGER NOT NULL,
    stage VARCHAR NOT NULL,
    replicate INTEGER NOT NULL,
    seed BIGINT NOT NULL,
    backend VARCHAR NOT NULL,
    device VARCHAR NOT NULL,
    limits JSON NOT NULL,
    inputs JSON,
    hidden_ref VARCHAR NOT NULL,
    status VARCHAR NOT NULL,
    truncated BOOLEAN NOT NULL,
    wall_s DOUBLE NOT NULL,
    cpu_s DOUBLE NOT NULL,
    peak_memory_mb DOUBLE NOT NULL,
    tier VARCHAR NOT NULL,
    stdout_tail VARCHAR NOT NULL,
    stderr_tail VARCHAR NOT NULL,
    error VARCHAR NOT NULL,
    artifacts VARCHAR[] NOT NULL,
    outputs_ref VARCHAR
);
COMMENT ON TABLE executions IS 'Each time a candidate was run: one row for each stage and replicate.';
COMMENT ON COLUMN executions.experiment_id IS 'The experiment.';
COMMENT ON COLUMN executions.seq IS 'Its order of completion (experiments.seq).';
COMMENT ON COLUMN executions.position IS 'Order within the experiment, from 0.';
COMMENT ON COLUMN executions.stage IS 'Stage.';
COMMENT ON COLUMN executions.replicate IS 'Number of the replicate at that stage.';
COMMENT ON COLUMN executions.seed IS 'Seed of this replicate.';
COMMENT ON COLUMN executions.backend IS 'Backend.';
COMMENT ON COLUMN executions.device IS 'cpu or cuda:N.';
COMMENT ON COLUMN executions.limits IS 'The ceilings it ran under.';
COMMENT ON COLUMN executions.inputs IS 'Public inputs with arrays in place; NULL when larger than 64 KiB (they follow from the seed).';
COMMENT ON COLUMN executions.hidden_ref IS 'Key of the hidden part of the inputs.';
COMMENT ON COLUMN executions.status IS 'As in experiments.status.';
COMMENT ON COLUMN executions.truncated IS 'A limit struck and the last emission is the result.';
COMMENT ON COLUMN executions.wall_s IS 'Wall seconds.';
COMMENT ON COLUMN executions.cpu_s IS 'CPU seconds, all threads together.';
COMMENT ON COLUMN executions.peak_memory_mb IS 'Highest memory, MiB.';
COMMENT ON COLUMN executions.tier IS 'Isolation tier.';
COMMENT ON COLUMN executions.stdout_tail IS 'End of what the candidate printed. Untrusted text.';
COMMENT ON COLUMN executions.stderr_tail IS 'End of its standard error. Untrusted text.';
COMMENT ON COLUMN executions.error IS 'One line: what went wrong, or empty.';
COMMENT ON COLUMN executions.artifacts IS 'Content hashes that the executor kept.';
COMMENT ON COLUMN executions.outputs_ref IS 'Artifact with the returned data and emissions; NULL when they were not kept.';

CREATE TABLE scores (
    experiment_id VARCHAR NOT NULL,
    seq BIGINT NOT NULL,
    position INTEGER NOT NULL,
    value DOUBLE,
    valid BOOLEAN NOT NULL,
    fitness DOUBLE,
    stderr DOUBLE,
    replicates INTEGER NOT NULL,
    attested BOOLEAN NOT NULL,
    feedback VARCHAR NOT NULL,
    metrics JSON NOT NULL,
    features JSON NOT NULL
);
COMMENT ON TABLE scores IS 'What the scorer made of each execution: one row for each replicate.';
COMMENT ON COLUMN scores.experiment_id IS 'The experiment.';
COMMENT ON COLUMN scores.seq IS 'Its order of completion (experiments.seq).';
COMMENT ON COLUMN scores.position IS 'Order within the experiment, from 0; the execution of the same position was scored.';
COMMENT ON COLUMN scores.value IS 'Higher is better; NULL unless valid.';
COMMENT ON COLUMN scores.valid IS 'Whether the replicate is valid.';
COMMENT ON COLUMN scores.fitness IS 'What selection uses, if not the value.';
COMMENT ON COLUMN scores.stderr IS 'Standard error, if the scorer gave one.';
COMMENT ON COLUMN scores.replicates IS '1, unless the scorer averaged by itself.';
COMMENT ON COLUMN scores.attested IS 'False when self-reported.';
COMMENT ON COLUMN scores.feedback IS 'The scorer''s words.';
COMMENT ON COLUMN scores.metrics IS 'Metrics of this replicate by name.';
COMMENT ON COLUMN scores.features IS 'Behaviour descriptors of this replicate by name.';

CREATE TABLE metrics (
    experiment_id VARCHAR NOT NULL,
    seq BIGINT NOT NULL,
    position INTEGER NOT NULL,
    name VARCHAR NOT NULL,
    value DOUBLE
);
COMMENT ON TABLE metrics IS 'Metrics of each experiment (the aggregate over replicates): one row for each name.';
COMMENT ON COLUMN metrics.experiment_id IS 'The experiment.';
COMMENT ON COLUMN metrics.seq IS 'Its order of completion (experiments.seq).';
COMMENT ON COLUMN metrics.position IS 'Order in which the scorer gave them, from 0.';
COMMENT ON COLUMN metrics.name IS 'Name of the metric.';
COMMENT ON COLUMN metrics.value IS 'Its value.';

CREATE TABLE analyses (
    experiment_id VARCHAR NOT NULL,
    seq BIGINT NOT NULL,
    summary VARCHAR NOT NULL,
    lessons VARCHAR[] NOT NULL,
    tags VARCHAR[] NOT NULL,
    parts JSON,
    author VARCHAR,
    note VARCHAR
);
COMMENT ON TABLE analyses IS 'The report on each analyzed experiment.';
COMMENT ON COLUMN analyses.experiment_id IS 'The experiment.';
COMMENT ON COLUMN analyses.seq IS 'Its order of completion (experiments.seq).';
COMMENT ON COLUMN analyses.summary IS 'What worked, what failed and why.';
COMMENT ON COLUMN analyses.lessons IS 'Ids of its lessons.';
COMMENT ON COLUMN analyses.tags IS 'Tags.';
COMMENT ON COLUMN analyses.parts IS 'What a model says: design, results, comparison, explanation. Told, not measured.';
COMMENT ON COLUMN analyses.author IS 'The model that wrote parts, or empty.';
COMMENT ON COLUMN analyses.note IS 'Why there is no report of a model although one was wanted, or empty.';

CREATE TABLE lessons (
    experiment_id VARCHAR NOT NULL,
    seq BIGINT NOT NULL,
    position INTEGER NOT NULL,
    lesson_id VARCHAR NOT NULL,
    run_id VARCHAR NOT NULL,
    text VARCHAR NOT NULL,
    confidence DOUBLE NOT NULL,
    about VARCHAR NOT NULL,
    evidence VARCHAR[] NOT NULL,
    effect DOUBLE NOT NULL,
    origin VARCHAR,
    tags VARCHAR[],
    contradicts VARCHAR[]
);
COMMENT ON TABLE lessons IS 'What was learned from experiments.';
COMMENT ON COLUMN lessons.experiment_id IS 'The experiment that taught it.';
COMMENT ON COLUMN lessons.seq IS 'Its order of completion (experiments.seq).';
COMMENT ON COLUMN lessons.position IS 'Order within the experiment, from 0.';
COMMENT ON COLUMN lessons.lesson_id IS 'EXPERIMENT.l0, EXPERIMENT.l1, ...';
COMMENT ON COLUMN lessons.run_id IS 'The run.';
COMMENT ON COLUMN lessons.text IS 'The lesson in words.';
COMMENT ON COLUMN lessons.confidence IS '0 to 1.';
COMMENT ON COLUMN lessons.about IS 'slot:NAME, block:NAME, constant:SLOT.NAME or a tag.';
COMMENT ON COLUMN lessons.evidence IS 'Experiment ids.';
COMMENT ON COLUMN lessons.effect IS 'Signed: how the score moved, in units of the run''s spread; 0 if unknown.';
COMMENT ON COLUMN lessons.origin IS 'rules: measured by the rule-based analyzer. model: told by a model.';
COMMENT ON COLUMN lessons.tags IS 'What it is about, in words.';
COMMENT ON COLUMN lessons.contradicts IS 'Ids of earlier lessons that it speaks against, as the model says.';

CREATE TABLE cognition (
    plugin VARCHAR NOT NULL,
    item_id VARCHAR NOT NULL,
    title VARCHAR NOT NULL,
    insight VARCHAR NOT NULL,
    source VARCHAR NOT NULL,
    tags VARCHAR[] NOT NULL,
    blocks VARCHAR[] NOT NULL,
    origin VARCHAR NOT NULL,
    created_at VARCHAR NOT NULL,
    PRIMARY KEY (plugin, item_id)
);
COMMENT ON TABLE cognition IS 'The knowledge base of each domain, as kept in this database.';
COMMENT ON COLUMN cognition.plugin IS 'The domain.';
COMMENT ON COLUMN cognition.item_id IS 'Id of the item; unique within the domain.';
COMMENT ON COLUMN cognition.title IS 'Title.';
COMMENT ON COLUMN cognition.insight IS 'What is known.';
COMMENT ON COLUMN cognition.source IS 'Citation that can be looked up.';
COMMENT ON COLUMN cognition.tags IS 'Tags.';
COMMENT ON COLUMN cognition.blocks IS 'Names of building blocks that come from it.';
COMMENT ON COLUMN cognition.origin IS 'literature, human or experience.';
COMMENT ON COLUMN cognition.created_at IS 'When it was stored, UTC, ISO 8601.';

CREATE TABLE provenance (
    experiment_id VARCHAR NOT NULL,
    seq BIGINT NOT NULL,
    position INTEGER NOT NULL,
    kind VARCHAR NOT NULL,
    ref_id VARCHAR NOT NULL,
    used BOOLEAN NOT NULL,
    how VARCHAR NOT NULL
);
COMMENT ON TABLE provenance IS 'What each proposal was shown and what it says that it used.';
COMMENT ON COLUMN provenance.experiment_id IS 'The experiment.';
COMMENT ON COLUMN provenance.seq IS 'Its order of completion (experiments.seq).';
COMMENT ON COLUMN provenance.position IS 'Order within the experiment, from 0.';
COMMENT ON COLUMN provenance.kind IS 'cognition, experiment or lesson.';
COMMENT ON COLUMN provenance.ref_id IS 'Id of the item, experiment or lesson.';
COMMENT ON COLUMN provenance.used IS 'True: the proposal says that it used it. False: it was shown.';
COMMENT ON COLUMN provenance.how IS 'In words: what it contributed.';

CREATE TABLE embeddings (
    kind VARCHAR NOT NULL,
    ref_id VARCHAR NOT NULL,
    model VARCHAR NOT NULL,
    vector FLOAT[] NOT NULL,
    PRIMARY KEY (kind, ref_id, model)
);
COMMENT ON TABLE embeddings IS 'Vectors of texts, for retrieval.';
COMMENT ON COLUMN embeddings.kind IS 'What was embedded: cognition, lesson or experiment.';
COMMENT ON COLUMN embeddings.ref_id IS 'Id of it.';
COMMENT ON COLUMN embeddings.model IS 'Name of the embedder.';
COMMENT ON COLUMN embeddings.vector IS 'The vector, L2-normalised.';

CREATE TABLE llm_calls (
    call_id VARCHAR PRIMARY KEY,
    run_id VARCHAR NOT NULL,
    experiment_id VARCHAR,
    role VARCHAR NOT NULL,
    provider VARCHAR NOT NULL,
    model VARCHAR NOT NULL,
    status VARCHAR NOT NULL,
    input_tokens BIGINT NOT NULL,
    cached_tokens BIGINT NOT NULL,
    output_tokens BIGINT NOT NULL,
    cost_usd DOUBLE NOT NULL,
    latency_s DOUBLE NOT NULL,
    request JSON,
    response JSON,
    error VARCHAR NOT NULL,
    created_at VARCHAR NOT NULL
);
COMMENT ON TABLE llm_calls IS 'Each question to a model, with its cost and its answer.';
COMMENT ON COLUMN llm_calls.call_id IS 'Stable id, so that a call is never counted twice.';
COMMENT ON COLUMN llm_calls.run_id IS 'The run.';
COMMENT ON COLUMN llm_calls.experiment_id IS 'The experiment that it was made for.';
COMMENT ON COLUMN llm_calls.role IS 'What for: propose, repair, analyze, judge, ...';
COMMENT ON COLUMN llm_calls.provider IS 'Provider.';
COMMENT ON COLUMN llm_calls.model IS 'Model.';
COMMENT ON COLUMN llm_calls.status IS 'ok or error.';
COMMENT ON COLUMN llm_calls.input_tokens IS 'Tokens in, cached ones included.';
COMMENT ON COLUMN llm_calls.cached_tokens IS 'Tokens in that came from the provider''s cache.';
COMMENT ON COLUMN llm_calls.output_tokens IS 'Tokens out.';
COMMENT ON COLUMN llm_calls.cost_usd IS 'Price, US dollars.';
COMMENT ON COLUMN llm_calls.latency_s IS 'Wall seconds.';
COMMENT ON COLUMN llm_calls.request IS 'What was asked.';
COMMENT ON COLUMN llm_calls.response IS 'What was answered.';
COMMENT ON COLUMN llm_calls.error IS 'One line, or empty.';
COMMENT ON COLUMN llm_calls.created_at IS 'UTC, ISO 8601.';

CREATE TABLE artifacts (
    sha256 VARCHAR PRIMARY KEY,
    bytes BIGINT NOT NULL,
    created_at VARCHAR NOT NULL
);
COMMENT ON TABLE artifacts IS 'Data kept in the folder DATABASE.artifacts, by content.';
COMMENT ON COLUMN artifacts.sha256 IS 'Hash of the file''s bytes; the file is AB/SHA256.npz, AB being the first two digits.';
COMMENT ON COLUMN artifacts.bytes IS 'Size of the file.';
COMMENT ON COLUMN artifacts.created_at IS 'When it was first kept, UTC, ISO 8601.';

CREATE TABLE state (
    run_id VARCHAR PRIMARY KEY,
    seq BIGINT,
    data JSON NOT NULL,
    updated_at VARCHAR NOT NULL
);
COMMENT ON TABLE state IS 'State of the sampler and the proposer of each run, as of its last recorded experiment.';
COMMENT ON COLUMN state.run_id IS 'The run.';
COMMENT ON COLUMN state.seq IS 'The last recorded experiment (experiments.seq).';
COMMENT ON COLUMN state.data IS 'The state.';
COMMENT ON COLUMN state.updated_at IS 'UTC, ISO 8601.';

CREATE TABLE events (
    event_id BIGINT PRIMARY KEY,
    run_id VARCHAR NOT NULL,
    kind VARCHAR NOT NULL,
    data JSON NOT NULL,
    created_at VARCHAR NOT NULL
);
COMMENT ON TABLE events IS 'What happened in a run beside its experiments.';
COMMENT ON COLUMN events.event_id IS 'Order of the events in this database, from 1.';
COMMENT ON COLUMN events.run_id IS 'The run.';
COMMENT ON COLUMN events.kind IS 'Kind: start, resume, interrupted, fork, note, ...';
COMMENT ON COLUMN events.data IS 'Details.';
COMMENT ON COLUMN events.created_at IS 'UTC, ISO 8601.';
