-- The covariate looks at what happened before this moment; null where no metric has one.
ALTER TABLE analysed_units ADD COLUMN lookback_ends_at timestamptz;

-- Of ratios and of metrics with a covariate; null for other metrics, and where the value is missing. History is 1 for a unit with any event in
-- the look-back. A unit without a row has 0 throughout.
ALTER TABLE unit_metrics
    ADD COLUMN denominator numeric,
    ADD COLUMN history numeric,
    ADD COLUMN covariate numeric,
    ADD COLUMN covariate_denominator numeric;
