"""PostgreSQL, the server and wrk, as bench/sizing.py starts and measures them."""
import collections
import glob
import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
SERVER = ROOT / "bench/bin/Release/net10.0/splitstream-server.dll"
TICK = os.sysconf("SC_CLK_TCK")
SETTINGS = ["shared_buffers=1GB", "max_wal_size=4GB", "checkpoint_timeout=30min"]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def processor_seconds(pid, children=False):
    """Processor time of a process; with children also of those alive and those that ended."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    total = int(fields[11]) + int(fields[12])
    if children:
        total += int(fields[13]) + int(fields[14])
        for child in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
            try:
                fields = pathlib.Path(f"/proc/{child}/stat").read_text().rsplit(")", 1)[1].split()
                total += int(fields[11]) + int(fields[12])
            except FileNotFoundError:
                pass
        return total / TICK
    return total / TICK


class Postgres:
    """A private cluster with everything durable, below a temporary folder."""

    def __init__(self):
        self.bin = pathlib.Path(sorted(glob.glob("/usr/lib/postgresql/*/bin"), key=lambda path: int(path.split("/")[4]))[-1])
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="splitstream-sizing-"))
        self.port = free_port()
        self.user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] if os.geteuid() == 0 else []
        if self.user:
            shutil.chown(self.folder, "postgres", "postgres")
        data = self.folder / "data"
        self.run("initdb", "-D", str(data), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-instructions")
        options = [part for setting in SETTINGS for part in ("-c", setting)]
        self.process = subprocess.Popen(
            [*self.user, str(self.bin / "postgres"), "-D", str(data), "-p", str(self.port), "-k", str(self.folder), *options],
            cwd="/", stdout=subprocess.DEVNULL, stderr=open(self.folder / "log", "wb"))
        while subprocess.run([str(self.bin / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self.port)]).returncode:
            time.sleep(0.1)
        self.sql("CREATE DATABASE sizing", "postgres")

    def run(self, program, *arguments):
        return subprocess.run([*self.user, str(self.bin / program), *arguments], cwd="/", check=True, stdout=subprocess.PIPE, text=True).stdout

    def psql(self, database="sizing"):
        return [str(self.bin / "psql"), "-XAtq", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p", str(self.port), "-U", "postgres", database]

    def sql(self, text, database="sizing"):
        return subprocess.run(self.psql(database), input=text, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()

    def number(self, text):
        return float(self.sql(text))

    def cpu(self):
        return processor_seconds(self.process.pid, children=True)

    def wal(self):
        return self.number("SELECT pg_current_wal_lsn() - '0/0'")

    def end(self):
        # Fast: whatever session is still open does not hold it up.
        self.process.send_signal(signal.SIGINT)
        self.process.wait()
        shutil.rmtree(self.folder)


class Turn:
    """Holds the aggregator's turn, so that ingest and aggregation are measured apart."""

    def __init__(self, postgres):
        self.session = subprocess.Popen(postgres.psql(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.session.stdin.write("BEGIN; LOCK TABLE aggregator_turn IN EXCLUSIVE MODE; SELECT 1;\n")
        self.session.stdin.flush()
        self.session.stdout.readline()

    def release(self):
        self.session.stdin.close()
        self.session.wait()


class Server:
    def __init__(self, postgres):
        self.folder = tempfile.mkdtemp(prefix="splitstream-sizing-")
        self.port = free_port()
        self.process = subprocess.Popen(["dotnet", str(SERVER)], env={
            **os.environ,
            "Splitstream__Urls": f"http://127.0.0.1:{self.port}",
            "Splitstream__ConnectionString": f"Host=127.0.0.1;Port={postgres.port};Database=sizing;Username=postgres;Command Timeout=600",
            "Splitstream__KeysFile": f"{self.folder}/keys.json",
            "Logging__LogLevel__Default": "Warning"})
        while True:
            time.sleep(0.1)
            try:
                if self.get("/health/ready")[0] == 200:
                    break
            except OSError:
                pass
        self.key = json.loads(pathlib.Path(self.folder, "keys.json").read_text())["admin"]

    def get(self, path):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()

    def post(self, path, body, connection=None):
        connection = connection or http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        text = body if isinstance(body, str) else json.dumps(body)
        connection.request("POST", path, text, {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"})
        answer = connection.getresponse()
        content = answer.read()
        if answer.status // 100 != 2:
            raise RuntimeError(f"{path} answered {answer.status}: {content[:300]}")
        return content

    def send(self, path, bodies, connections=4):
        """Sends all bodies over a few connections; the first failure ends it."""
        waiting, failures, lock = collections.deque(bodies), [], threading.Lock()

        def work():
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
            while not failures:
                with lock:
                    if not waiting:
                        return
                    body = waiting.popleft()
                try:
                    self.post(path, body, connection)
                except Exception as failure:
                    failures.append(failure)

        threads = [threading.Thread(target=work) for _ in range(connections)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if failures:
            raise failures[0]

    def metric(self, name):
        return sum(float(line.rsplit(" ", 1)[1]) for line in self.get("/metrics")[1].splitlines()
                   if re.match(rf"{name}(\{{[^}}]*\}})? ", line))

    def cpu(self):
        return processor_seconds(self.process.pid)

    def resident(self):
        return int(re.search(r"VmRSS:\s+(\d+)", pathlib.Path(f"/proc/{self.process.pid}/status").read_text())[1]) * 1024

    def end(self):
        self.process.terminate()
        self.process.wait()
        shutil.rmtree(self.folder)


HEAD = """
function init(args)
  math.randomseed(tonumber(args[1]))
  prefix = args[3]
  count = 0
  wrk.method = "POST"
  wrk.headers["Content-Type"] = "application/json"
  wrk.headers["Authorization"] = "Bearer " .. args[2]
end
local hex = {}
for i = 0, 65535 do hex[i] = string.format("%04x", i) end
local function r() return hex[math.random(0, 65535)] end
"""
STICKY = HEAD + """
request = function()
  return wrk.format(nil, nil, nil, string.format('{"unitId":"unit-%06d","experiments":["sized"]}', math.random(0, 99999)))
end
"""
CLAIM = HEAD + """
request = function()
  count = count + 1
  return wrk.format(nil, nil, nil, string.format('{"unitId":"new-%s-%08d","experiments":["EXPERIMENT"]}', prefix, count))
end
"""
EVENTS = HEAD + """
request = function()
  local items = {}
  for i = 1, ITEMS do
    items[i] = string.format('{"eventId":"%s%s-%s-4%s-%s-%s%s%s","unitId":"unit-%06d","name":"purchase","timestamp":"NOW","properties":{"revenue":%d.25}}',
      r(), r(), r(), r():sub(2), r(), r(), r(), r(), math.random(0, 99999), math.random(1, 99))
  end
  return wrk.format(nil, nil, nil, '{"events":[' .. table.concat(items, ",") .. ']}')
end
"""
DONE = """
done = function(s, l)
  local e = s.errors
  print(string.format("summary %d %d %d %d %d", s.requests, s.duration, e.connect + e.read + e.write + e.status + e.timeout,
    l:percentile(50), l:percentile(99)))
end
"""
