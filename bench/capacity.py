#!/usr/bin/env python3
"""What Splitstream needs at which load, by calculation from bench/measured.json and by a seeded simulation; the tables of docs/operate.md.

    bench/capacity.py                        prints every table
    bench/capacity.py --into docs/operate.md puts them between the marks of that page

The same measured.json gives the same tables on every machine. A test holds page and output equal.
"""
import argparse
import collections
import json
import math
import pathlib
import re
import sys

sys.dont_write_bytecode = True
from capacity_simulation import DAY, OUTAGE, OUTAGE_AT, SEED, Simulation, quantile  # noqa: E402

MILLION, BILLION = 10**6, 10**9
LOADS = (("10 million", 10 * MILLION), ("100 million", 100 * MILLION), ("1 billion", BILLION))
MEASURED = json.loads((pathlib.Path(__file__).parent / "measured.json").read_text())

# --- Assumptions: (what, value, unit, source). Everything else is measured. --------------------------------------------------------------

PEAK = 3
EXPOSURES, NEW_ROWS, ASSIGNS = 0.1, 0.02, 0.2
EVENTS_PER_UNIT_DAY, ACTIVE_SHARE, EXPERIMENTS, HISTORY = 50, 0.1, 2, 100
BATCH = 100
CORES, BUSY, DISK, IOPS, SEQUENTIAL, LOG = 32, 0.5, 8e12, 50_000, 1e9, 200e6
PAGE_READ, RETENTION = 100e-6, 90
DEAD_IDS_PER_PASS = 2**30 / 6
COMMAND_TIMEOUT = 600
ASSUMPTIONS = (
    ("Peak over mean", f"{PEAK}", "assumed: one population of users; the curve is exp(k cos t), and the month's worst hour is not in it"),
    ("Exposures, new rows, assignments per event", f"{EXPOSURES}, {NEW_ROWS}, {ASSIGNS}", "assumed"),
    ("Events of a unit a day; experiments it is in that count them", f"{EVENTS_PER_UNIT_DAY}; {EXPERIMENTS}", "assumed"),
    ("Share of the day's units active at one time", f"{ACTIVE_SHARE:.0%}", "assumed; their events meet in one aggregation"),
    ("Events of a unit inside a metric's window", f"{HISTORY}", "assumed; cost by history is measured"),
    ("Items in a request", f"{BATCH}", "assumed; SDKs that send one by one are a row of their own"),
    ("A database's machine", f"{CORES} cores as fast as one here, {BUSY:.0%} busy at peak", "assumed"),
    ("Its disk", f"{DISK / 1e12:.0f} TB, {IOPS:,} random and {SEQUENTIAL / 1e9:.0f} GB/s sequential reads; log {LOG / 1e6:.0f} MB/s",
     "assumed: local NVMe or a dear volume; cheap volumes give 3,000 to 16,000"),
    ("A page that no memory holds", f"{PAGE_READ * 1e6:.0f} us", "assumed: NVMe; a network volume takes 500 to 1,000"),
    ("Dead ids a vacuum pass takes", f"{DEAD_IDS_PER_PASS / 1e6:.0f} million", "PostgreSQL 15 and 16: 6 bytes each in at most 1 GB; no such bound from 17 on"),
    ("Raw rows kept", f"{RETENTION} days", "setting RawRetentionDays; its default 0 keeps all"),
    ("A command of the aggregator", f"{COMMAND_TIMEOUT} s", "a constant of the code, the most for one statement"),
    ("Uncertainty", "half to double", "assumed: noise here, one machine, no contention of many cores measured"),
)


# --- Measured figures --------------------------------------------------------------------------------------------------------------------

def median(name):
    return MEASURED["measures"][name][0]


def number(value):
    """Three figures that matter, with thousands apart."""
    if value == 0:
        return "0"
    digits = max(0, 2 - math.floor(math.log10(abs(value))))
    text = f"{round(value, digits):,.{digits}f}" if abs(value) < 1000 else f"{round(value, 2 - math.floor(math.log10(abs(value)))):,.0f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def ranged(name, scale=1.0):
    middle, low, high = (value * scale for value in MEASURED["measures"][name])
    return number(middle) if low == high else f"{number(middle)} [{number(low)}-{number(high)}]"


def size(value):
    for unit, factor in (("PB", 1e15), ("TB", 1e12), ("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if value >= factor:
            return f"{number(value / factor)} {unit}"
    return f"{number(value)} B"


def duration(seconds):
    for unit, factor in (("days", DAY), ("h", 3600), ("min", 60), ("s", 1)):
        if seconds >= factor * (2 if unit == "days" else 1):
            return f"{number(seconds / factor)} {unit}"
    return f"{number(seconds * 1000)} ms"


def per_row(table):
    return median(f"disk.{table}.heap_bytes") + median(f"disk.{table}.index_bytes")


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|" + "|".join(" --- " for _ in head) + "|"]
    return lines + ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]


def operations():
    names = (("sticky assign, 64 connections", "assign"), ("first claim", "claims"), ("first claim in a mutex group", "claims_in_group"),
             ("event, 1 a request", "events_1"), ("event, 10 a request", "events_10"), ("event, 100 a request", "events_100"),
             ("event, 1,000 a request", "events_1000"))
    rows = [(label, ranged(f"{name}.per_second"), ranged(f"{name}.server_us"), ranged(f"{name}.database_us"), ranged(f"{name}.wal_bytes"),
             ranged(f"{name}.p50_ms"), ranged(f"{name}.p99_ms")) for label, name in names]
    rows.append(("exposure, 1,000 a request", "-", ranged("exposures_1000.server_us"), ranged("exposures_1000.database_us"),
                 ranged("exposures_1000.wal_bytes"), "-", "-"))
    return table(("operation", "a second", "server us", "database us", "log bytes", "p50 ms", "p99 ms"), rows)


def aggregation():
    rows = [("first exposure of a unit", ranged("aggregation_first_exposure.us_per_pair"), ranged("aggregation_first_exposure.wal_bytes"),
             number(1e6 / median("aggregation_first_exposure.us_per_pair")))]
    rows += [(f"60,000 units with one event each, brought by {number(median(f'catch_up_{items}.batches'))} transactions",
              ranged(f"catch_up_{items}.us_per_pair"), "-", number(1e6 / median(f"catch_up_{items}.us_per_pair"))) for items in (1000, 20)]
    rows += [(f"new event, the unit's {history}{'st' if history == 1 else 'th'} in the window", ranged(f"aggregation_history_{history}.us_per_pair"),
              ranged(f"aggregation_history_{history}.wal_bytes"), number(1e6 / median(f"aggregation_history_{history}.us_per_pair")))
             for history in (1, 10, 100)]
    return table(("pair of experiment and unit", "database us", "log bytes", "pairs a second, one at a time, at most"), rows)


def rows_on_disk():
    names = (("event (uuid id, one property)", "events"), ("exposure", "exposures"), ("its id, 30 days", "ingest_ids"), ("assignment", "assignments"),
             ("mutex claim", "mutex_claims"), ("analysed unit", "analysed_units"), ("value of a unit", "unit_metrics"), ("batch, for ever", "batch_log"))
    return table(("row", "table", "rows measured", "heap B", "index B", "together B"), [
        (label, f"`{name}`", number(median(f"rows.{name}")), number(median(f"disk.{name}.heap_bytes")),
         number(median(f"disk.{name}.index_bytes")), number(per_row(name))) for label, name in names])


def others():
    rows = [("one request alone, 1, 10, 100, 1,000 events, ms", ", ".join(ranged(f"alone_{items}.ms") for items in (1, 10, 100, 1000))),
            ("events in a transaction, from requests of 1, 10, 100, 1,000",
             ", ".join(number(median(f"events_{items}.a_transaction")) for items in (1, 10, 100, 1000))),
            ("fdatasync of this disk, us", ranged("fdatasync.us")),
            ("log bytes an event right after a checkpoint: random ids, ids in order",
             f"{ranged('after_checkpoint_random.wal_bytes')}, {ranged('after_checkpoint_ordered.wal_bytes')}"),
            ("purge of ids, us each: passes of 200,000, 1 million, 3 million",
             ", ".join(ranged(f"purge_{count}.us_per_id") for count in (200_000, 1_000_000, 3_000_000))),
            ("pg_dump with 2 jobs, base backup, MB of database a second",
             f"{ranged('backup_dump.mb_per_second')}, {ranged('backup_base.mb_per_second')}"),
            ("dump, part of the database's size", ranged("backup_dump.ratio")),
            ("server: resident at start, after all of this, MB", f"{ranged('server.idle_bytes', 1e-6)}, {ranged('server.resident_bytes', 1e-6)}"),
            ("resident bytes a unit more in the sticky cache, garbage included",
             number(median("server.grown_bytes") / median("sticky_cache.entries"))),
            ("connections of one server under this load: pool, engine, listener",
             ", ".join(number(median(f"connections.{name}")) for name in ("splitstream", "without a name", "splitstream-listen")))]
    rows.append(("count of an experiment's assignments, every 5 min for its sample ratio, us a row", ranged("count_assignments.us_per_row")))
    return table(("measure", "figure"), rows)


def sticky_cache():
    """StickyCache: 64 stripes, each a table that doubles when three quarters are full, 24 bytes a slot."""
    rows = []
    for entries in (MILLION, 3_145_728, 4_000_000, 25_165_824):
        slots = 64
        while entries // 64 > slots * 0.75:
            slots *= 2
        rows.append((f"{entries:,}", size(slots * 24 * 64), number(slots * 24 * 64 / entries)))
    return table(("`StickyCacheEntries`", "when full", "B an entry"), rows)


# --- The plan ----------------------------------------------------------------------------------------------------------------------------

def pair_seconds():
    return median(f"aggregation_history_{HISTORY}.us_per_pair") / 1e6


def sums_age(events_per_second, events_per_day):
    """Seconds that one aggregation takes when each takes what came during the one before it. Units repeat, so that it has a limit."""
    active = events_per_day / EVENTS_PER_UNIT_DAY * ACTIVE_SHARE
    age = 0.0
    for _ in range(10_000):
        pairs = EXPERIMENTS * active * -math.expm1(-events_per_second * (age + 1) / active)
        age = pairs * pair_seconds()
    return age + 1


def catch_up():
    """Seconds a pair that is touched by a backlog costs: its own, and for each transaction that brought the backlog. The join is quadratic."""
    few, many = (median(f"catch_up_{items}.us_per_pair") / 1e6 for items in (1000, 20))
    slope = (many - few) / (median("catch_up_20.batches") - median("catch_up_1000.batches"))
    return pair_seconds(), max(0.0, slope)


def purge_seconds(ids):
    """Seconds an id: each chunk of a pass skips what the chunks before it have removed, so the cost grows with the pass."""
    few, many = median("purge_1000000.us_per_id"), median("purge_3000000.us_per_id")
    slope = max(0.0, (many - few) / 2e6)
    return (few + slope * max(0.0, ids - 1e6)) / 1e6


def longest_lag(events_per_second):
    """Seconds of backlog from which one aggregation takes longer than its command may, so that it fails, and again, and ever later."""
    own, slope = catch_up()
    transactions = max(1.0, events_per_second / median(f"events_{BATCH}.a_transaction"))
    low, high = 0.0, float(DAY)
    for _ in range(100):
        lag = (low + high) / 2
        pairs = events_per_second * lag * EXPERIMENTS
        low, high = (lag, high) if pairs * (own + slope * transactions * lag) < COMMAND_TIMEOUT else (low, lag)
    return low


def day(events):
    """What a day of so many events is, in one database."""
    items = events * (1 + EXPOSURES)
    seconds = events / DAY
    rows = events * NEW_ROWS
    units = events / EVENTS_PER_UNIT_DAY
    database_us = (median(f"events_{BATCH}.database_us") + EXPOSURES * median("exposures_1000.database_us") + NEW_ROWS * median("claims_in_group.database_us"))
    server_us = (median(f"events_{BATCH}.server_us") + EXPOSURES * median("exposures_1000.server_us")
                 + ASSIGNS * median("assign.server_us") + NEW_ROWS * median("claims_in_group.server_us"))
    ids = items * 30
    leaf = median("disk.ingest_ids.index_bytes")
    log = (events * median(f"events_{BATCH}.wal_bytes") + events * EXPOSURES * median("exposures_1000.wal_bytes")
           + rows * median("claims_in_group.wal_bytes") + items * median("purge_1000000.wal_bytes"))
    pairs = min(events * EXPERIMENTS, DAY * EXPERIMENTS * events / DAY)
    return {
        "items": items, "mean": seconds, "peak": seconds * PEAK, "units": units, "rows": rows,
        "ingest_cores": seconds * PEAK * database_us / 1e6, "server_cores": seconds * PEAK * server_us / 1e6,
        "aggregators": seconds * PEAK * EXPERIMENTS * pair_seconds(),
        "raw_day": events * per_row("events") + events * EXPOSURES * per_row("exposures"),
        "ids": ids * per_row("ingest_ids"), "ids_index": ids * leaf, "assignments_year": rows * 365 * per_row("assignments"),
        "log": log + pairs * median(f"aggregation_history_{HISTORY}.wal_bytes"),
        "log_cold": items * max(0, median("after_checkpoint_random.wal_bytes") - median("after_checkpoint_ordered.wal_bytes")),
        "reads": items / DAY * PEAK,
        "purge": items * purge_seconds(items),
        "vacuum": math.ceil(items / DEAD_IDS_PER_PASS) * ids * leaf / SEQUENTIAL,
    }


def total(figures):
    return figures["raw_day"] * RETENTION + figures["ids"] + figures["assignments_year"]


def bytes_and_work():
    days = [day(events) for _, events in LOADS]
    lines = (
        ("events a second: mean, peak", lambda d, e: f"{number(d['mean'])}, {number(d['peak'])}"),
        ("units a day, new assignment rows a day", lambda d, e: f"{number(d['units'])}, {number(d['rows'])}"),
        ("server cores at peak", lambda d, e: number(d["server_cores"])),
        ("database cores at peak, ingest and claims", lambda d, e: number(d["ingest_cores"])),
        ("cores at peak, aggregation without coalescing", lambda d, e: number(d["aggregators"])),
        ("age of the sums at the mean, at the peak", lambda d, e: f"{duration(sums_age(d['mean'], e))}, {duration(sums_age(d['peak'], e))}"),
        (f"backlog that one aggregation cannot take in {COMMAND_TIMEOUT} s: at the mean, at the peak",
         lambda d, e: f"{duration(longest_lag(d['mean']))}, {duration(longest_lag(d['peak']))}"),
        ("raw rows and their indexes a day", lambda d, e: size(d["raw_day"])),
        (f"raw rows kept {RETENTION} days", lambda d, e: size(d["raw_day"] * RETENTION)),
        ("ingest ids of 30 days, of it index", lambda d, e: f"{size(d['ids'])}, {size(d['ids_index'])}"),
        ("assignments, growth a year", lambda d, e: size(d["assignments_year"])),
        ("check of the sample ratio of an experiment with a tenth of a year's rows",
         lambda d, e: duration(d["rows"] * 36.5 * median("count_assignments.us_per_row") / 1e6)),
        ("log a day, mean rate", lambda d, e: f"{size(d['log'])}, {size(d['log'] / DAY)}/s"),
        ("more log a day when ids are random and the index cold", lambda d, e: size(d["log_cold"])),
        ("random page reads a second at peak, then", lambda d, e: number(d["reads"])),
        ("purge of a day's ids in one pass", lambda d, e: duration(d["purge"])),
        ("vacuum of the ids' index after it, PostgreSQL 15", lambda d, e: duration(d["vacuum"])),
        ("base backup: at the disk's speed, at that measured here",
         lambda d, e: f"{duration(total(d) / SEQUENTIAL)}, {duration(total(d) / (median('backup_base.mb_per_second') * 1e6))}"),
        ("`deploy/backup` (pg_dump) at the speed measured here", lambda d, e: duration(total(d) / (median("backup_dump.mb_per_second") * 1e6))),
    )
    return table(("a day has", *(f"{label} events" for label, _ in LOADS)),
                 [(label, *(line(figures, events) for figures, (_, events) in zip(days, LOADS))) for label, line in lines])


RESOURCES = (
    ("sums younger than a minute at peak: one aggregator each", lambda d: d["aggregators"]),
    ("cores of ingest and claims", lambda d: d["ingest_cores"] / (CORES * BUSY)),
    ("random reads for ids", lambda d: d["reads"] / IOPS),
    ("log at peak, ids random and cold", lambda d: (d["log"] + d["log_cold"]) / DAY * PEAK / LOG),
    ("log at peak, ids in order", lambda d: d["log"] / DAY * PEAK / LOG),
    (f"disk of {DISK / 1e12:.0f} TB with {RETENTION} days of raw rows", lambda d: total(d) / DISK),
    (f"disk of {DISK / 1e12:.0f} TB with 31 days", lambda d: (d["raw_day"] * 31 + d["ids"] + d["assignments_year"]) / DISK),
    ("vacuum of the ids within 8 h, PostgreSQL 15", lambda d: d["vacuum"] / (8 * 3600)),
    ("one base backup within 8 h at the disk's speed", lambda d: total(d) / SEQUENTIAL / (8 * 3600)),
)


def databases():
    rows = [databases_row(label, need) for label, need in RESOURCES]
    rows.append(databases_row("**as built: the largest of these**", lambda d: max(need(d) for _, need in RESOURCES)))
    rows.append(databases_row("**after steps 2 to 8 below**", lambda d: max(
        d["aggregators"] * median("catch_up_1000.us_per_pair") / 1e6 / pair_seconds(), d["ingest_cores"] / (CORES * BUSY),
        d["log"] / DAY * PEAK / LOG, (d["raw_day"] * 31 + d["ids"] + d["assignments_year"]) / DISK)))
    return table(("databases for", *(label for label, _ in LOADS), "one lasts to, events a day"), rows)


def databases_row(label, need):
    needs = [need(day(events)) for _, events in LOADS]
    return (label, *(f"{max(1, math.ceil(value))} [{max(1, math.ceil(value / 2))}-{max(1, math.ceil(value * 2))}]" for value in needs),
            f"{number(limit_of(need) / MILLION)} million")


def limit_of(need):
    """The events a day at which one database is needed whole."""
    low, high = 1.0, 1e12
    for _ in range(200):
        middle = math.sqrt(low * high)
        low, high = (middle, high) if need(day(middle)) < 1 else (low, middle)
    return low


# --- The simulation ----------------------------------------------------------------------------------------------------------------------

def simulation():
    fixed = median("alone_1.ms") / 1e3
    item = (median("alone_1000.ms") - median("alone_1.ms")) / 999e3
    rows = []
    for label, events, batch, servers, cold in (
            ("10 million", 10 * MILLION, 100, 2, False), ("100 million", 100 * MILLION, 100, 2, False),
            ("1 billion, ids in order", BILLION, 100, 4, False), ("1 billion, ids in order", BILLION, 1_000, 4, False),
            ("1 billion, ids in order", BILLION, 10, 4, False), ("1 billion, ids random and cold", BILLION, 100, 4, True),
            ("1 billion, ids random and cold", BILLION, 100, 8, True)):
        done = Simulation(events / DAY * PEAK / servers, batch, fixed, item + (PAGE_READ if cold else 0), SEED).run()
        asked = sum(done.answers.values())
        rows.append((label, batch, servers, f"{number(done.rate * servers)}", number(done.longest),
                     f"{number(quantile(done.waits, 0.5) * 1e3)}, {number(quantile(done.waits, 0.99) * 1e3)} ms",
                     f"{done.answers[429] / asked:.1%}", f"{done.answers[503] / asked:.1%}", duration(quantile(done.outage_waits, 0.99)),
                     duration(max(0.0, done.drained - OUTAGE_AT - OUTAGE))))
    return table(("events a day", "a request", "servers", "requests a second", "longest queue of a server, items", "p50, p99 of 202", "429 of answers",
                  "503 of answers", "p99 of those refused", "drained after"), rows)


TABLES = collections.OrderedDict((
    ("operations", operations), ("aggregation", aggregation), ("rows", rows_on_disk), ("others", others), ("cache", sticky_cache),
    ("assumptions", lambda: table(("assumption", "value", "source"), ASSUMPTIONS)),
    ("plan", bytes_and_work), ("databases", databases), ("simulation", simulation)))


def block(name):
    return "\n".join([f"<!-- capacity: {name} -->", *TABLES[name](), "<!-- end -->"])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--into", default="")
    options = parser.parse_args()
    if not options.into:
        print("\n\n".join(block(name) for name in TABLES))
        return
    page = pathlib.Path(options.into)
    page.write_text(re.sub(
        r"<!-- capacity: (\w+) -->\n.*?<!-- end -->", lambda match: block(match[1]), page.read_text(), flags=re.DOTALL))


if __name__ == "__main__":
    main()
