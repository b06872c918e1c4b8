-- wrk sends each line of the file that ARGS names once: timestamp, signature and body.
local ffi = require("ffi")
ffi.cdef("int getpid(void); int kill(int pid, int number);")

local lines
local exhausted = false

function init(args)
  lines = io.lines(args[1])
end

function request()
  local line = lines and lines()
  if not line then
    lines, exhausted = nil, true
    return wrk.format("GET", "/")
  end
  local timestamp, signature, body = line:match("^(%d+) (%S+) (.*)$")
  local headers = {
    ["content-type"] = "application/json",
    ["telnyx-timestamp"] = timestamp,
    ["telnyx-signature-ed25519"] = signature,
  }
  return wrk.format("POST", "/", headers, body)
end

function response()
  -- The thread stops at once; wrk itself sleeps until its time is up or a signal comes.
  if exhausted then
    wrk.thread:stop()
    ffi.C.kill(ffi.C.getpid(), 2)
  end
end

function done(summary, latency)
  local errors = summary.errors
  local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  io.write(string.format("RESULT %d %d %d %d\n",
    summary.requests, summary.duration, latency:percentile(99), failed))
end
