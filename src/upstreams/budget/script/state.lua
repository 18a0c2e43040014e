-- budget.state.ts
local REPLICA_TTL_MS = 3000
local SILENT_MS = 1500
local SEND_WITHIN_MS = 2500
local LINGER_MS = 2000
local QUEUE_MAX = 200
local CALLER_QUEUE_MAX = 50
local SEEN_MS = 4000
local UNTIL_HEAD = 9007199254740991
local FIRST_HEAD_MS = 100
local FIRST_PLACE_MS = 150

local function emptyState()
  return {
    seq = 0,
    server = '',
    lastMs = 0,
    skewMs = 0,
    learnMs = 0,
    gate = { status = 'closed', reason = '', untilMs = 0, probeMs = 0, probe = '', epoch = 0, failures = 0, samples = {} },
    pace = { rateLoss = 0, placeLoss = 0, growMs = 0, retryTenths = 0, headMs = FIRST_HEAD_MS, placeMs = FIRST_PLACE_MS },
    replicas = {},
    held = {},
    waiting = {},
    flows = {},
    operations = {},
    interactiveTag = 0,
    backgroundTag = 0,
    passed = 0,
  }
end

