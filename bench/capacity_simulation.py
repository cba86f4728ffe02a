"""Ingest at one server through the busiest twenty minutes of a day, seeded; bench/capacity.py prints what comes of it."""
import collections
import heapq
import math
import random

DAY = 86_400
SEED = 20_260
WINDOW, OUTAGE_AT, OUTAGE = 1_200, 300, 60
CAPACITY, GROUP, WRITERS = 100_000, 10_000, 2
TICK = 0.01
BURSTS, BURST, BURST_FACTOR = 2, 60, 2
CURVE = 1.75


def curve(seconds_from_peak):
    """Share of the peak rate, over a day with a peak of about three times the mean."""
    return math.exp(CURVE * (math.cos(2 * math.pi * seconds_from_peak / DAY) - 1))


class Simulation:
    """
    One server's share of the busiest twenty minutes: requests come in hundredths of a second, wait in a queue of bounded items, and two
    writers take whatever waits, up to a group, in transactions of measured cost. The database is away for a minute. Refused requests come
    again after a second, then twice as long each time up to a minute, each by chance a half shorter or longer.
    """

    def __init__(self, events_per_second, batch, fixed, item, seed):
        """A transaction takes a fixed number of seconds and some more for each item."""
        self.random = random.Random(seed)
        self.rate, self.batch = events_per_second / batch, batch
        self.fixed, self.item = fixed, item
        self.bursts = [self.random.uniform(0, WINDOW) for _ in range(BURSTS)]
        self.waiting, self.items, self.longest = collections.deque(), 0, 0
        self.free, self.calendar, self.order = WRITERS, [], 0
        self.answers = collections.Counter()
        self.waits, self.outage_waits = [], []
        self.backlog, self.drained = 0, 0.0

    def at(self, moment, what, *arguments):
        self.order += 1
        heapq.heappush(self.calendar, (moment, self.order, what, arguments))

    @staticmethod
    def is_away(now):
        return OUTAGE_AT <= now < OUTAGE_AT + OUTAGE

    def poisson(self, mean):
        if mean > 50:
            return max(0, round(self.random.gauss(mean, math.sqrt(mean))))
        limit, count, product = math.exp(-mean), 0, self.random.random()
        while product > limit:
            count, product = count + 1, product * self.random.random()
        return count

    def arrive(self, now):
        factor = curve(now - WINDOW / 2) * (BURST_FACTOR if any(start <= now < start + BURST for start in self.bursts) else 1)
        count = self.poisson(self.rate * factor * TICK)
        if count:
            self.offer(now, now, count, 0)
        if now + TICK < WINDOW:
            self.at(now + TICK, self.arrive)

    def offer(self, now, first, count, attempt):
        """Requests that were first sent at one moment and now ask again."""
        if attempt and first < OUTAGE_AT + OUTAGE:
            self.backlog -= count
        room = max(0, CAPACITY - self.items) // self.batch
        taken = min(count, room)
        if taken:
            self.waiting.append((first, taken, attempt))
            self.items += taken * self.batch
            self.longest = max(self.longest, self.items)
        if count > taken:
            self.refuse(now, first, count - taken, attempt, 429)
        self.write(now)

    def refuse(self, now, first, count, attempt, status):
        self.answers[status] += count
        pause = min(60, 2**attempt)
        # In tenths, because clients do not agree on a moment.
        share, rest = divmod(count, 10)
        for tenth in range(10):
            part = share + (tenth < rest)
            if part:
                if first < OUTAGE_AT + OUTAGE:
                    self.backlog += part
                self.at(now + pause * self.random.uniform(0.5, 1.5), self.offer, first, part, attempt + 1)

    def write(self, now):
        while self.free and self.waiting:
            group, items = [], 0
            while self.waiting and items < GROUP:
                first, count, attempt = self.waiting.popleft()
                taken = min(count, math.ceil((GROUP - items) / self.batch))
                group.append((first, taken, attempt))
                items += taken * self.batch
                if count > taken:
                    self.waiting.appendleft((first, count - taken, attempt))
            self.free -= 1
            # A database that is away refuses connections at once.
            took = self.fixed if self.is_away(now) else self.fixed + items * self.item
            self.at(now + took, self.end, group, items)

    def end(self, now, group, items):
        self.free += 1
        self.items -= items
        for first, count, attempt in group:
            if self.is_away(now):
                self.refuse(now, first, count, attempt, 503)
                continue
            self.answers[202] += count
            (self.outage_waits if attempt else self.waits).append((now - first, count))
            if first < OUTAGE_AT + OUTAGE and attempt:
                self.drained = now
        self.write(now)

    def run(self):
        self.at(0, self.arrive)
        while self.calendar:
            now, _, what, arguments = heapq.heappop(self.calendar)
            if now > WINDOW * 3:
                break
            what(now, *arguments)
        return self


def quantile(waits, share):
    ordered, seen = sorted(waits), 0
    all_of_them = sum(count for _, count in ordered)
    for wait, count in ordered:
        seen += count
        if seen >= share * all_of_them:
            return wait
    return 0.0
