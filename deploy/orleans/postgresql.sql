-- What Orleans keeps in PostgreSQL: which silos live, the state of grains, and reminders. The server of the cluster build applies this
-- script at start; it is harmless when repeated. PostgreSQL 15 or newer.
--
-- Orleans finds its statements in the table orleansquery, by key, and reads columns and parameters by the names in them. Everything else
-- here is free, so each statement is one statement, whole or not at all, without functions. The tables live in a schema of their own;
-- Orleans' connections find them by their search path.
CREATE SCHEMA IF NOT EXISTS orleans;

CREATE TABLE IF NOT EXISTS orleans.orleansquery (
    querykey text PRIMARY KEY,
    querytext text NOT NULL
);

-- One row per cluster. Every change of a silo's row moves the version from the one that the writer has seen to the next, in the same
-- statement; so of two that decide on the same picture one decides again.
CREATE TABLE IF NOT EXISTS orleans.clusters (
    cluster_id text PRIMARY KEY,
    version integer NOT NULL DEFAULT 0,
    changed_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE IF NOT EXISTS orleans.silos (
    cluster_id text NOT NULL REFERENCES orleans.clusters,
    address text NOT NULL,
    port integer NOT NULL,
    generation integer NOT NULL,            -- tells a silo from the one that had its address before
    name text NOT NULL,
    host text NOT NULL,
    status integer NOT NULL,                -- 1 created, 2 joining, 3 active, 4 shutting down, 5 stopping, 6 dead
    gateway_port integer,
    suspicions text,                        -- who suspects this silo since when, in Orleans' own format
    started_at timestamptz NOT NULL,
    alive_at timestamptz NOT NULL,
    PRIMARY KEY (cluster_id, address, port, generation)
);

-- Keys of grains come as two numbers and a text; what a kind of key does not use is 0 or empty.
CREATE TABLE IF NOT EXISTS orleans.grain_states (
    service_id text NOT NULL,
    grain_type text NOT NULL,
    key0 bigint NOT NULL,
    key1 bigint NOT NULL,
    key_text text NOT NULL,
    payload bytea,                          -- null after it was cleared
    version integer NOT NULL,
    written_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (service_id, grain_type, key0, key1, key_text)
);

CREATE TABLE IF NOT EXISTS orleans.reminders (
    service_id text NOT NULL,
    grain_id text NOT NULL,
    name text NOT NULL,
    start_at timestamptz NOT NULL,
    period_ms bigint NOT NULL,
    grain_hash integer NOT NULL,
    version integer NOT NULL DEFAULT 0,
    PRIMARY KEY (service_id, grain_id, name)
);

-- Each silo reads the reminders of its part of the ring of hashes.
CREATE INDEX IF NOT EXISTS reminders_by_hash ON orleans.reminders (service_id, grain_hash);

INSERT INTO orleans.orleansquery (querykey, querytext) VALUES

-- Membership ---------------------------------------------------------------------------------------------------------------------------

('InsertMembershipVersionKey', $sql$
    WITH added AS (
        INSERT INTO clusters (cluster_id) VALUES (@DeploymentId) ON CONFLICT DO NOTHING RETURNING 1)
    SELECT count(*)::integer FROM added
$sql$),

('InsertMembershipKey', $sql$
    WITH moved AS (
        UPDATE clusters SET version = version + 1, changed_at = now()
        WHERE cluster_id = @DeploymentId AND version = @Version AND NOT EXISTS (
            SELECT FROM silos s
            WHERE s.cluster_id = @DeploymentId AND s.address = @Address AND s.port = @Port AND s.generation = @Generation)
        RETURNING cluster_id),
    added AS (
        INSERT INTO silos (cluster_id, address, port, generation, name, host, status, gateway_port, started_at, alive_at)
        SELECT cluster_id, @Address, @Port, @Generation, @SiloName, @HostName, @Status, @ProxyPort, @StartTime, @IAmAliveTime FROM moved
        RETURNING 1)
    SELECT count(*)::integer FROM added
$sql$),

('UpdateMembershipKey', $sql$
    WITH moved AS (
        UPDATE clusters SET version = version + 1, changed_at = now()
        WHERE cluster_id = @DeploymentId AND version = @Version AND EXISTS (
            SELECT FROM silos s
            WHERE s.cluster_id = @DeploymentId AND s.address = @Address AND s.port = @Port AND s.generation = @Generation)
        RETURNING cluster_id),
    changed AS (
        UPDATE silos s SET status = @Status, suspicions = @SuspectTimes, alive_at = @IAmAliveTime
        FROM moved
        WHERE s.cluster_id = moved.cluster_id AND s.address = @Address AND s.port = @Port AND s.generation = @Generation
        RETURNING 1)
    SELECT count(*)::integer FROM changed
$sql$),

('UpdateIAmAlivetimeKey', $sql$
    UPDATE silos SET alive_at = @IAmAliveTime
    WHERE cluster_id = @DeploymentId AND address = @Address AND port = @Port AND generation = @Generation
$sql$),

('MembershipReadAllKey', $sql$
    SELECT c.cluster_id AS deploymentid, s.address, s.port, s.generation, s.name AS siloname, s.host AS hostname, s.status,
        s.gateway_port AS proxyport, s.suspicions AS suspecttimes, s.started_at AS starttime, s.alive_at AS iamalivetime, c.version
    FROM clusters c LEFT JOIN silos s USING (cluster_id)
    WHERE c.cluster_id = @DeploymentId
$sql$),

('MembershipReadRowKey', $sql$
    SELECT c.cluster_id AS deploymentid, s.address, s.port, s.generation, s.name AS siloname, s.host AS hostname, s.status,
        s.gateway_port AS proxyport, s.suspicions AS suspecttimes, s.started_at AS starttime, s.alive_at AS iamalivetime, c.version
    FROM clusters c LEFT JOIN silos s
        ON s.cluster_id = c.cluster_id AND s.address = @Address AND s.port = @Port AND s.generation = @Generation
    WHERE c.cluster_id = @DeploymentId
$sql$),

('GatewaysQueryKey', $sql$
    SELECT address, gateway_port AS proxyport, generation FROM silos
    WHERE cluster_id = @DeploymentId AND status = @Status AND gateway_port > 0
$sql$),

('DeleteMembershipTableEntriesKey', $sql$
    WITH gone AS (DELETE FROM silos WHERE cluster_id = @DeploymentId)
    DELETE FROM clusters WHERE cluster_id = @DeploymentId
$sql$),

-- Whoever was not declared dead stays, however long ago it last wrote: only the other silos may say that.
('CleanupDefunctSiloEntriesKey', $sql$
    DELETE FROM silos WHERE cluster_id = @DeploymentId AND alive_at < @IAmAliveTime AND status = 6
$sql$),

-- State of grains ----------------------------------------------------------------------------------------------------------------------

('ReadFromStorageKey', $sql$
    SELECT payload AS payloadbinary, version FROM grain_states
    WHERE service_id = @ServiceId AND grain_type = @GrainTypeString AND key0 = @GrainIdN0 AND key1 = @GrainIdN1
        AND key_text = coalesce(@GrainIdExtensionString, '')
$sql$),

-- Answers the version that is stored now, or the one that was given when somebody else has written meanwhile.
('WriteToStorageKey', $sql$
    WITH changed AS (
        UPDATE grain_states SET payload = @PayloadBinary, version = version + 1, written_at = now()
        WHERE service_id = @ServiceId AND grain_type = @GrainTypeString AND key0 = @GrainIdN0 AND key1 = @GrainIdN1
            AND key_text = coalesce(@GrainIdExtensionString, '') AND version = @GrainStateVersion
        RETURNING version),
    added AS (
        INSERT INTO grain_states (service_id, grain_type, key0, key1, key_text, payload, version)
        SELECT @ServiceId, @GrainTypeString, @GrainIdN0, @GrainIdN1, coalesce(@GrainIdExtensionString, ''), @PayloadBinary, 1
        WHERE @GrainStateVersion IS NULL
        ON CONFLICT DO NOTHING
        RETURNING version)
    SELECT coalesce((SELECT version FROM changed), (SELECT version FROM added), @GrainStateVersion) AS newgrainstateversion
$sql$),

('ClearStorageKey', $sql$
    UPDATE grain_states SET payload = NULL, version = version + 1, written_at = now()
    WHERE service_id = @ServiceId AND grain_type = @GrainTypeString AND key0 = @GrainIdN0 AND key1 = @GrainIdN1
        AND key_text = coalesce(@GrainIdExtensionString, '') AND version = @GrainStateVersion
    RETURNING version AS newgrainstateversion
$sql$),

('DeleteStorageKey', $sql$
    DELETE FROM grain_states
    WHERE service_id = @ServiceId AND grain_type = @GrainTypeString AND key0 = @GrainIdN0 AND key1 = @GrainIdN1
        AND key_text = coalesce(@GrainIdExtensionString, '') AND version = @GrainStateVersion
    RETURNING version + 1 AS newgrainstateversion
$sql$),

-- Reminders ----------------------------------------------------------------------------------------------------------------------------

('UpsertReminderRowKey', $sql$
    INSERT INTO reminders (service_id, grain_id, name, start_at, period_ms, grain_hash)
    VALUES (@ServiceId, @GrainId, @ReminderName, @StartTime, @Period, @GrainHash)
    ON CONFLICT (service_id, grain_id, name) DO UPDATE
    SET start_at = excluded.start_at, period_ms = excluded.period_ms, grain_hash = excluded.grain_hash, version = reminders.version + 1
    RETURNING version
$sql$),

('ReadReminderRowKey', $sql$
    SELECT grain_id AS grainid, name AS remindername, start_at AS starttime, period_ms AS period, version FROM reminders
    WHERE service_id = @ServiceId AND grain_id = @GrainId AND name = @ReminderName
$sql$),

('ReadReminderRowsKey', $sql$
    SELECT grain_id AS grainid, name AS remindername, start_at AS starttime, period_ms AS period, version FROM reminders
    WHERE service_id = @ServiceId AND grain_id = @GrainId
$sql$),

-- A range of the ring without its begin and with its end; the second kind runs over the ring's seam.
('ReadRangeRows1Key', $sql$
    SELECT grain_id AS grainid, name AS remindername, start_at AS starttime, period_ms AS period, version FROM reminders
    WHERE service_id = @ServiceId AND grain_hash > @BeginHash AND grain_hash <= @EndHash
$sql$),

('ReadRangeRows2Key', $sql$
    SELECT grain_id AS grainid, name AS remindername, start_at AS starttime, period_ms AS period, version FROM reminders
    WHERE service_id = @ServiceId AND (grain_hash > @BeginHash OR grain_hash <= @EndHash)
$sql$),

('DeleteReminderRowKey', $sql$
    WITH gone AS (
        DELETE FROM reminders
        WHERE service_id = @ServiceId AND grain_id = @GrainId AND name = @ReminderName AND version = @Version
        RETURNING 1)
    SELECT count(*)::integer FROM gone
$sql$),

('DeleteReminderRowsKey', $sql$
    DELETE FROM reminders WHERE service_id = @ServiceId
$sql$)

ON CONFLICT (querykey) DO UPDATE SET querytext = excluded.querytext WHERE orleansquery.querytext <> excluded.querytext;

-- Whoever changes this script raises the number; a server leaves alone what a newer one has made.
COMMENT ON SCHEMA orleans IS 'Orleans under Splitstream, version 1';
