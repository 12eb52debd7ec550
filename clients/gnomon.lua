-- gnomon from Lua 5.1 to 5.4 and LuaJIT (Torch): one file; needs the program curl.
--
--   local gnomon = require "gnomon"
--   local run = gnomon.init("digits", "brave-otter-7", {lr = 0.1})
--   run:log({["train/loss"] = 0.5, note = "warm-up over"}, 1)
--   run:media("samples", "grid.png", 1)
--   run:finish()
--
-- GNOMON_URL (default http://127.0.0.1:7117) and GNOMON_TOKEN say where. Nothing here raises. Lines are kept until the
-- server has them, 50,000 at most, and stored there once however often they are sent.
local gnomon = {}
local Run = {}
Run.__index = Run

local function number(value)
  if value ~= value then return '"NaN"' end
  if value == math.huge then return '"Infinity"' end
  if value == -math.huge then return '"-Infinity"' end
  if value == math.floor(value) and math.abs(value) < 2 ^ 53 then return string.format("%d", value) end
  return (string.format("%.17g", value):gsub(",", "."))
end

local function quote(text)
  return '"' .. text:gsub('[%c"\\]', function(c) return string.format("\\u%04x", c:byte()) end) .. '"'
end

local function encode(value)
  local kind = type(value)
  if kind == "number" then return number(value) end
  if kind == "string" then return quote(value) end
  if kind == "boolean" then return tostring(value) end
  if kind ~= "table" then return "null" end
  local parts = {}
  if #value > 0 then
    for _, each in ipairs(value) do parts[#parts + 1] = encode(each) end
    return "[" .. table.concat(parts, ",") .. "]"
  end
  for key, each in pairs(value) do parts[#parts + 1] = quote(tostring(key)) .. ":" .. encode(each) end
  return "{" .. table.concat(parts, ",") .. "}"
end

local function shell(text) return "'" .. text:gsub("'", "'\\''") .. "'" end

local function escape(text) -- for an address
  return (text:gsub("[^%w%-%._~]", function(c) return string.format("%%%02X", c:byte()) end))
end

-- Returns the body of the answer, or nil when there was none or the server refused.
local function curl(arguments)
  local token, config = os.getenv("GNOMON_TOKEN"), nil
  local command = "curl -sS -f -m 30 " .. arguments .. " 2>/dev/null"
  if token then -- in a file: other users of the machine can read command lines
    config = os.tmpname()
    local file = io.open(config, "w")
    if file then file:write('header = "Authorization: Bearer ' .. token .. '"\n') file:close() end
    command = "curl -K " .. shell(config) .. command:sub(5)
  end
  local pipe = io.popen(command .. '; printf "\\n%d" $?')
  local answer = pipe and pipe:read("*a") or ""
  if pipe then pipe:close() end
  if config then os.remove(config) end
  local body, status = answer:match("^(.*)\n(%d+)$")
  if status == "0" then return body end
  return nil
end

function gnomon.init(project, name, config)
  local run = setmetatable({}, Run)
  run.url = os.getenv("GNOMON_URL") or "http://127.0.0.1:7117"
  local writer = string.format("lua-%d-%s", os.time(), tostring(run):gsub("[^%w]", ""))
  run.head = string.format('"project":%s,"run":%s,"writer":"%s"', quote(project), quote(name), writer)
  run.lines, run.batch, run.dropped, run.sent = {}, 0, 0, 0
  local given = encode(config or {})
  run:_line('"config":' .. (given == "[]" and "{}" or given))
  return run
end

function Run:log(values, step)
  local fields = {'"step":' .. string.format("%d", step)}
  for key, value in pairs(values) do fields[#fields + 1] = quote(key) .. ":" .. encode(value) end
  self:_line(table.concat(fields, ","))
end

-- A file as it is: an image, a sound, a film.
function Run:media(key, path, step)
  if not (self:flush() and self.id) then return false end
  local address = string.format("%s/api/v1/runs/%s/media?key=%s&step=%d&name=%s", self.url, self.id, escape(key), step,
    escape(path:match("[^/\\]+$")))
  return curl("-X POST -H 'Content-Type: application/octet-stream' -T " .. shell(path) .. " " .. shell(address)) ~= nil
end

-- Sends what waits; true when the server has everything.
function Run:flush()
  self.sent = os.time()
  if #self.lines == 0 then return true end
  local path = os.tmpname()
  local file = io.open(path, "wb")
  if not file then return false end
  file:write(table.concat(self.lines))
  file:close()
  local answer = curl("-H 'Content-Type: application/x-ndjson' --data-binary @" .. shell(path) .. " " ..
    shell(self.url .. "/api/v1/ingest"))
  os.remove(path)
  if answer then
    self.lines = {}
    self.id = self.id or answer:match('"runs":%["([^"]*)"')
  end
  return answer ~= nil
end

function Run:finish(state)
  self:_line('"state":' .. quote(state or "finished"))
  return self:flush()
end

function Run:_line(fields)
  if #self.lines >= 50000 then self.dropped = self.dropped + 1 return end
  self.batch = self.batch + 1
  self.lines[#self.lines + 1] = string.format('{%s,"batch":%d,%s}\n', self.head, self.batch, fields)
  if os.time() ~= self.sent or #self.lines % 1000 == 0 then self:flush() end
end

return gnomon
