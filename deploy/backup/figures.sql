-- What a backup holds, in lines that can be compared: rows of every table, the ledger, and digests of what must come back to the letter.
-- Run by psql within the transaction whose snapshot the dump uses, and again on what was restored.
-- Not counted: the registers of running servers, ours and that of an Orleans cluster, whose rows are not backed up.

SELECT 'migration', coalesce(max(name), 'none') FROM schema_migrations;

SELECT string_agg(
    format('SELECT %L, count(*) FROM %I.%I', 'rows ' || n.nspname || '.' || c.relname, n.nspname, c.relname), ' UNION ALL '
    ORDER BY n.nspname, c.relname) || ' ORDER BY 1'
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
  AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\_%'
  AND (n.nspname, c.relname) NOT IN (('public', 'nodes'), ('orleans', 'silos'), ('orleans', 'clusters'))
\gexec

-- As GET /v1/ledger adds them up: totals of aggregated batches and those that wait.
SELECT 'ledger ' || CASE kind WHEN 0 THEN 'exposures' ELSE 'events' END, 'received', sum(received), 'counted', sum(counted),
       'duplicate', sum(duplicate), 'quarantined', sum(quarantined), 'rejected', sum(rejected), 'dead', sum(dead)
FROM (
    SELECT kind, received, counted, duplicate, quarantined, rejected, dead FROM ingest_ledger
    UNION ALL
    SELECT 0, exposure_received, exposure_counted, exposure_duplicate, exposure_quarantined, exposure_rejected, exposure_dead FROM batches
    UNION ALL
    SELECT 1, event_received, event_counted, event_duplicate, event_quarantined, event_rejected, event_dead FROM batches) counts
GROUP BY kind ORDER BY kind;

-- A sum of hashes does not depend on the order of rows, and MD5 not on the version of the server.
SELECT 'digest ' || what, coalesce(sum(('x' || left(md5(line), 15))::bit(60)::bigint), 0)
FROM (
    SELECT 'assignments', concat_ws(':', experiment_id, epoch, variant, extract(epoch FROM assigned_at), unit_id) FROM assignments
    UNION ALL
    SELECT 'mutex_claims', concat_ws(':', group_id, experiment_id, extract(epoch FROM claimed_at), unit_id) FROM mutex_claims
    UNION ALL
    SELECT 'experiments', concat_ws(':', key, version, status, bucketing_seed, traffic_seed) FROM experiments
    UNION ALL
    SELECT 'ingest_ids', concat_ws(':', kind, source, content_hash, id) FROM ingest_ids
    UNION ALL
    SELECT 'snapshots', concat_ws(':', snapshot_id, input_hash, metric_hash) FROM snapshots
    UNION ALL
    SELECT 'audit', concat_ws(':', chain, seq, encode(hash, 'hex')) FROM audit
    UNION ALL
    SELECT 'api_keys', concat_ws(':', key_id, scopes, encode(secret_hash, 'hex'), extract(epoch FROM revoked_at)) FROM api_keys
) content (what, line)
GROUP BY what ORDER BY what;
