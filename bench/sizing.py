#!/usr/bin/env python3
"""Measures what docs/operate.md sizes by: what an operation costs in processor time, disk and log, on a real server and PostgreSQL.

    bench/sizing.py [--rounds 3] [--seconds 4] [--only STEP,...] [--json bench/measured.json]

Needs PostgreSQL's programs, wrk, and the server that bench/run has built. Load generator, server and PostgreSQL share the machine: rates are
lower bounds, processor time per operation is what scales. Every figure is [median, lowest, highest] over the rounds.
"""
import argparse
import collections
import functools
import http.client
import json
import os
import pathlib
import platform
import random
import re
import shutil
import statistics
import subprocess
import sys
import time
import uuid

sys.dont_write_bytecode = True
from sizing_processes import CLAIM, DONE, EVENTS, SETTINGS, STICKY, Postgres, Server, Turn  # noqa: E402

KNOWN = 100_000


def now():
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


class Sizing:
    def __init__(self, rounds, seconds):
        self.rounds, self.seconds = rounds, seconds
        self.values = collections.OrderedDict()
        self.postgres = Postgres()
        self.server = Server(self.postgres)
        self.random = random.Random(1)
        self.connections = collections.Counter()
        self.fresh = 0

    def add(self, name, value):
        self.values.setdefault(name, []).append(value)

    def wrk(self, path, script, connections, prefix):
        """Requests per second, requests, p50 and p99 in milliseconds."""
        file = pathlib.Path(self.server.folder, "load.lua")
        file.write_text(script.replace("NOW", now()) + DONE)
        output = subprocess.run(
            ["wrk", "-t1", f"-c{connections}", f"-d{self.seconds}s", "--timeout", "20s", "-s", str(file),
             f"http://127.0.0.1:{self.server.port}{path}", "--", str(self.random.randrange(1 << 30)), self.server.key, prefix],
            check=True, stdout=subprocess.PIPE, text=True).stdout
        requests, micros, errors, p50, p99 = map(float, re.search(r"summary (.*)", output)[1].split())
        if errors:
            raise RuntimeError(output)
        return requests * 1e6 / micros, requests, p50 / 1000, p99 / 1000

    def measure(self, name, path, script, connections, items=1, prefix=""):
        """Adds rate, processor time of server and database per item, log bytes per item, and latency."""
        cpu, wal = (self.server.cpu(), self.postgres.cpu()), self.postgres.wal()
        rate, requests, p50, p99 = self.wrk(path, script.replace("ITEMS", str(items)), connections, prefix)
        count = requests * items
        self.add(f"{name}.per_second", rate * items)
        self.add(f"{name}.server_us", (self.server.cpu() - cpu[0]) * 1e6 / count)
        self.add(f"{name}.database_us", (self.postgres.cpu() - cpu[1]) * 1e6 / count)
        self.add(f"{name}.wal_bytes", (self.postgres.wal() - wal) / count)
        self.add(f"{name}.p50_ms", p50)
        self.add(f"{name}.p99_ms", p99)

    def aggregate(self, turn=None):
        """Lets the aggregator have its turn and waits until nothing waits; returns its seconds, the database's processor time, and pairs."""
        seconds, cpu = self.server.metric("splitstream_aggregation_duration_seconds_sum"), self.postgres.cpu()
        pairs = self.postgres.number("SELECT coalesce(sum(pairs), 0) FROM aggregations")
        if turn:
            turn.release()
        while self.postgres.sql("SELECT EXISTS (SELECT FROM batches)") == "t":
            time.sleep(0.2)
        time.sleep(0.5)
        return (self.server.metric("splitstream_aggregation_duration_seconds_sum") - seconds, self.postgres.cpu() - cpu,
                self.postgres.number("SELECT coalesce(sum(pairs), 0) FROM aggregations") - pairs)

    def event(self, unit, ordered=False):
        text = uuid.UUID(int=self.random.getrandbits(128), version=4).hex
        if ordered:
            text = f"{time.time_ns() // 1_000_000:012x}{text[12:]}"
        return {"eventId": str(uuid.UUID(text)), "unitId": unit, "name": "purchase", "timestamp": now(), "properties": {"revenue": 12.25}}

    def batches(self, items, kind, size=1000):
        items = iter(items)
        while chunk := [item for _, item in zip(range(size), items)]:
            yield json.dumps({kind: chunk})

    def prepare(self):
        post = self.server.post
        self.add("server.idle_bytes", self.server.resident())
        post("/v1/metrics", {"key": "revenue", "name": "revenue", "type": "mean", "event": "purchase", "propertyPath": "$.revenue", "windowHours": 168})
        post("/v1/mutex-groups", {"key": "sized-group", "name": "sized-group"})
        for key, group in (("sized", None), ("sized-claims", None), ("sized-grouped", "sized-group")):
            post("/v1/experiments", {
                "key": key, "name": key, "hypothesis": "Sizing needs an experiment to assign units to.", "mutexGroup": group, "primaryMetric": "revenue",
                "variants": [{"key": "control", "weight": 50, "isControl": True}, {"key": "treatment-1", "weight": 50}]})
            post(f"/v1/experiments/{key}/start", {})
        self.variants = {}
        for first in range(0, KNOWN, 1000):
            units = [{"unitId": f"unit-{i:06d}"} for i in range(first, first + 1000)]
            for unit in json.loads(post("/v1/assign/batch", {"units": units, "experiments": ["sized"]}))["units"]:
                self.variants[unit["unitId"]] = unit["assignments"][0]["variant"]
        turn = Turn(self.postgres)
        cpu, wal = (self.server.cpu(), self.postgres.cpu()), self.postgres.wal()
        self.server.send("/v1/exposures", self.batches(({
            "exposureId": str(uuid.UUID(int=self.random.getrandbits(128), version=4)), "unitId": unit, "experiment": "sized", "variant": variant,
            "timestamp": now()} for unit, variant in self.variants.items()), "exposures"))
        self.add("exposures_1000.server_us", (self.server.cpu() - cpu[0]) * 1e6 / KNOWN)
        self.add("exposures_1000.database_us", (self.postgres.cpu() - cpu[1]) * 1e6 / KNOWN)
        self.add("exposures_1000.wal_bytes", (self.postgres.wal() - wal) / KNOWN)
        wal = self.postgres.wal()
        _, cpu, pairs = self.aggregate(turn)
        self.add("aggregation_first_exposure.us_per_pair", cpu * 1e6 / pairs)
        self.add("aggregation_first_exposure.wal_bytes", (self.postgres.wal() - wal) / pairs)

    def load(self, number):
        prefix = f"{number}"
        self.measure("assign", "/v1/assign", STICKY, 64)
        self.measure("claims", "/v1/assign", CLAIM.replace("EXPERIMENT", "sized-claims"), 64, prefix=prefix)
        self.measure("claims_in_group", "/v1/assign", CLAIM.replace("EXPERIMENT", "sized-grouped"), 64, prefix=prefix)
        for items, connections in ((1, 64), (10, 64), (100, 16), (1000, 8)):
            turn = Turn(self.postgres)
            self.measure(f"events_{items}", "/v1/events", EVENTS, connections, items)
            self.add(f"events_{items}.a_transaction", self.postgres.number("SELECT avg(event_received) FROM batches"))
            self.aggregate(turn)
            for line in self.postgres.sql("SELECT application_name, count(*) FROM pg_stat_activity WHERE datname = 'sizing' "
                                          "AND application_name <> 'psql' GROUP BY 1").splitlines():
                name, count = line.split("|")
                name = name or "without a name"
                self.connections[name] = max(self.connections[name], int(count))

    def latencies(self):
        """One request after the other: what one transaction of n events costs without anybody else."""
        turn = Turn(self.postgres)
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=60)
        for items, requests in ((1, 200), (10, 200), (100, 100), (1000, 30)):
            times = []
            for body in list(self.batches((self.event(f"unit-{self.random.randrange(KNOWN):06d}") for _ in range(items * requests)), "events", items)):
                begun = time.perf_counter()
                self.server.post("/v1/events", body, connection)
                times.append((time.perf_counter() - begun) * 1000)
            self.add(f"alone_{items}.ms", statistics.median(times))
        self.aggregate(turn)

    def histories(self):
        """What one pair costs the aggregator, by how many events the unit has already; one new event each for the same units."""
        self.fresh += 2000
        units, sent = [f"unit-{i:06d}" for i in range(self.fresh - 2000, self.fresh)], 0
        self.postgres.sql("DELETE FROM events WHERE unit_id BETWEEN '%s' AND '%s'; VACUUM ANALYZE" % (units[0], units[-1]))
        for history in (1, 10, 100):
            if history - 1 > sent:
                self.server.send("/v1/events", self.batches((self.event(unit) for _ in range(history - 1 - sent) for unit in units), "events"))
                self.aggregate()
            turn = Turn(self.postgres)
            self.server.send("/v1/events", self.batches((self.event(unit) for unit in units), "events"))
            wal = self.postgres.wal()
            _, cpu, pairs = self.aggregate(turn)
            sent = history
            self.add(f"aggregation_history_{history}.us_per_pair", cpu * 1e6 / pairs)
            self.add(f"aggregation_history_{history}.wal_bytes", (self.postgres.wal() - wal) / pairs)

    def catch_up(self):
        """One aggregation of a backlog, by how many transactions brought it: the same events in fewer and in more of them."""
        for items in (1000, 20):
            turn = Turn(self.postgres)
            self.server.send("/v1/events", self.batches((self.event(f"unit-{i:06d}") for i in range(60_000)), "events", items), 8)
            self.add(f"catch_up_{items}.batches", self.postgres.number("SELECT count(*) FROM batches"))
            _, cpu, pairs = self.aggregate(turn)
            self.add(f"catch_up_{items}.us_per_pair", cpu * 1e6 / pairs)

    def sizes(self):
        self.postgres.sql("VACUUM ANALYZE")
        for table in ("events", "exposures", "ingest_ids", "assignments", "mutex_claims", "analysed_units", "unit_metrics", "batch_log"):
            rows = self.postgres.number(f"SELECT count(*) FROM {table}")
            if not rows:
                continue
            heap, index = map(float, self.postgres.sql(
                f"SELECT sum(pg_table_size(c)), sum(pg_indexes_size(c)) FROM (SELECT '{table}'::regclass AS c "
                f"UNION SELECT inhrelid::regclass FROM pg_inherits WHERE inhparent = '{table}'::regclass) tables").split("|"))
            self.add(f"rows.{table}", rows)
            self.add(f"disk.{table}.heap_bytes", heap / rows)
            self.add(f"disk.{table}.index_bytes", index / rows)

    def checkpoints(self):
        """Log bytes per event right after a checkpoint, when the first touch of a page writes the whole page."""
        for ordered in (False, True):
            name = "ordered" if ordered else "random"
            if ordered:
                self.server.send("/v1/events", self.batches((self.event("nobody", True) for _ in range(2000)), "events"))
            turn = Turn(self.postgres)
            self.postgres.sql("CHECKPOINT")
            wal = self.postgres.wal()
            self.server.send("/v1/events", self.batches((self.event("nobody", ordered) for _ in range(2000)), "events"), 1)
            self.add(f"after_checkpoint_{name}.wal_bytes", (self.postgres.wal() - wal) / 2000)
            self.aggregate(turn)

    def purge(self):
        """The statement of PartitionKeeper over a copy of the table, by how many rows one pass removes."""
        for thousands in (200, 1000, 3000):
            self.postgres.sql(f"""
                CREATE TABLE purged (LIKE ingest_ids INCLUDING ALL);
                INSERT INTO purged SELECT 1, 'project', gen_random_uuid()::text, gen_random_uuid(), 1, now() - interval '31 days' + i * interval '1 ms'
                FROM generate_series(1, {thousands}000) i;
                INSERT INTO purged SELECT 1, 'project', gen_random_uuid()::text, gen_random_uuid(), 1, now() FROM generate_series(1, 100000);
                VACUUM ANALYZE purged; CHECKPOINT""")
            wal, begun = self.postgres.wal(), time.perf_counter()
            chunks = "DELETE FROM purged WHERE ctid = ANY(ARRAY(SELECT ctid FROM purged WHERE received_at < now() - interval '30 days' LIMIT 10000));\n"
            self.postgres.sql(chunks * (thousands // 10))
            self.add(f"purge_{thousands}000.us_per_id", (time.perf_counter() - begun) * 1e6 / thousands / 1000)
            self.add(f"purge_{thousands}000.wal_bytes", (self.postgres.wal() - wal) / thousands / 1000)
            if self.postgres.number("SELECT count(*) FROM purged") != 100_000:
                raise RuntimeError("The purge removed other rows than it should.")
            self.postgres.sql("DROP TABLE purged")

    def memory(self):
        """Resident memory before and after a million rows more in the sticky cache, in a server of its own."""
        before, entries = self.server.resident(), self.server.metric("splitstream_sticky_cache_entries")
        self.server.send("/v1/assign/batch", (json.dumps({
            "units": [{"unitId": f"many-{i:07d}"} for i in range(first, first + 1000)], "experiments": ["sized-claims"]})
            for first in range(0, 1_000_000, 1000)), 2)
        self.add("sticky_cache.entries", self.server.metric("splitstream_sticky_cache_entries") - entries)
        self.add("server.grown_bytes", self.server.resident() - before)
        self.add("server.resident_bytes", self.server.resident())

    def counting(self):
        """What the check of the sample ratio costs every five minutes: it counts all rows of the experiment."""
        self.postgres.sql("VACUUM ANALYZE assignments")
        query = ("SELECT variant, epoch, count(*) FROM assignments WHERE experiment_id = (SELECT experiment_id FROM experiments "
                 "WHERE key = 'sized-claims') GROUP BY variant, epoch")
        rows = sum(int(line.rsplit("|", 1)[1]) for line in self.postgres.sql(query).splitlines())
        for _ in range(5):
            begun = time.perf_counter()
            self.postgres.sql(query)
            self.add("count_assignments.us_per_row", (time.perf_counter() - begun) * 1e6 / rows)

    def backup(self):
        size = self.postgres.number("SELECT pg_database_size('sizing')")
        for name, command in (
                ("dump", ["pg_dump", "-h", "127.0.0.1", "-p", str(self.postgres.port), "-U", "postgres", "-Fd", "-j2", "-f"]),
                ("base", ["pg_basebackup", "-h", "127.0.0.1", "-p", str(self.postgres.port), "-U", "postgres", "-c", "fast", "-X", "fetch", "-D"])):
            folder = self.postgres.folder / f"backup-{name}"
            begun = time.perf_counter()
            self.postgres.run(*command, str(folder), *(["sizing"] if name == "dump" else []))
            self.add(f"backup_{name}.mb_per_second", size / 1e6 / (time.perf_counter() - begun))
            self.add(f"backup_{name}.ratio", sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) / size)
            shutil.rmtree(folder)
        self.add("database.bytes", size)

    def flush(self):
        output = subprocess.run([str(self.postgres.bin / "pg_test_fsync"), "-s", "1", "-f", str(self.postgres.folder / "probe")],
                                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout
        self.add("fdatasync.us", float(re.search(r"fdatasync\s+\S+ ops/sec\s+(\d+) usecs/op", output)[1]))

    def run(self, only):
        steps = [self.flush, self.prepare]
        steps += [functools.partial(self.load, number) for number in range(self.rounds)]
        steps += [self.latencies] * self.rounds
        steps += [self.sizes, self.checkpoints, self.catch_up] + [self.histories] * self.rounds
        steps += [self.purge]
        steps += [self.backup] * self.rounds
        steps += [self.memory, self.counting]
        if only:
            steps = [self.prepare] + [step for step in steps if getattr(step, "__name__", "load") in only]
        for step in steps:
            begun = time.monotonic()
            step()
            print(f"{getattr(step, '__name__', 'load')} {time.monotonic() - begun:.0f} s", file=sys.stderr)
        for name, count in self.connections.items():
            self.add(f"connections.{name}", count)

    def end(self):
        self.server.end()
        self.postgres.end()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=4)
    parser.add_argument("--only", default="", help="names of steps, such as memory,counting; the file keeps its other figures")
    parser.add_argument("--json", default="")
    options = parser.parse_args()
    sizing = Sizing(options.rounds, options.seconds)
    try:
        sizing.run(options.only.split(",") if options.only else [])
    finally:
        sizing.end()
    known = json.loads(pathlib.Path(options.json).read_text())["measures"] if options.only and options.json else {}
    measures = known | {name: [float(f"{number:.4g}") for number in (statistics.median(values), min(values), max(values))]
                for name, values in sizing.values.items()}
    version = subprocess.run([str(sizing.postgres.bin / "postgres"), "--version"], stdout=subprocess.PIPE, text=True).stdout.split()[2]
    text = json.dumps({"machine": {"cores": os.cpu_count(), "system": platform.machine(), "postgresql": version, "settings": SETTINGS,
                                   "rounds": options.rounds, "seconds": options.seconds}, "measures": measures}, indent=1)
    text = re.sub(r"\[\s+([^\]]*?)\s+\]", lambda match: "[" + re.sub(r"\s+", " ", match[1]) + "]", text)
    if options.json:
        pathlib.Path(options.json).write_text(text + "\n")
    print(text)


if __name__ == "__main__":
    main()
