-- What a metric is made of beyond one event: when its window begins (retention), what it is over (ratios; a path as above) and how far its
-- covariate looks back. Null is what a metric does not have.
ALTER TABLE metric_rules
    ADD COLUMN window_start interval,
    ADD COLUMN denominator_event text COLLATE "C",
    ADD COLUMN denominator_path text[],
    ADD COLUMN lookback interval;

-- Whether the metric has its covariate here: experiments that were assigned elsewhere have no time of assignment to look back from.
ALTER TABLE experiment_metrics ADD COLUMN has_covariate boolean NOT NULL DEFAULT false;
