-- budget.held.ts
local NEWEST = 0.1
local OPERATIONS_MAX = 64

local function countUse(turn, call)
  local isInteractive = call.callClass == 'interactive'
  if call.isPlace then
    turn.placesUsed = turn.placesUsed + 1
    if isInteractive then turn.interactivePlaces = turn.interactivePlaces + 1 end
  end
  if call.slotMs > turn.now then
    turn.slotsUsed = turn.slotsUsed + 1
    if isInteractive then turn.interactiveSlots = turn.interactiveSlots + 1 end
  end
end

local function sweepHeld(turn)
  local state, now = turn.state, turn.now
  turn.placesUsed = 0
  turn.slotsUsed = 0
  turn.interactivePlaces = 0
  turn.interactiveSlots = 0
  local all = state.held
  state.held = {}
  for _, call in ipairs(all) do
    if call.isPlace or call.slotMs > now then
      push(state.held, call)
      countUse(turn, call)
    end
  end
end

local function grantCall(turn, call)
  local state, now = turn.state, turn.now
  local held = {
    id = call.id,
    replica = call.replica,
    caller = call.caller,
    callClass = call.callClass,
    operation = call.operation,
    grantedMs = now,
    sendByMs = now + SEND_WITHIN_MS,
    epoch = state.gate.epoch,
    isPlace = true,
    slotMs = turn.limits.rate and UNTIL_HEAD or 0,
    isRetry = call.isRetry,
    isUnsent = false,
    hasHead = false,
    hasOutcome = false,
    isExpired = false,
  }
  push(state.held, held)
  countUse(turn, held)
  noteProbe(turn, call.id)
  report(turn, call.replica, { id = call.id, granted = true, sendWithinMs = SEND_WITHIN_MS })
end

local function seeHead(turn, call)
  if call.hasHead then return end
  call.hasHead = true
  if call.slotMs == 0 then return end
  call.slotMs = turn.now + heldWindowMs(turn.limits)
  local pace = turn.state.pace
  pace.headMs = pace.headMs + (turn.now - call.grantedMs - pace.headMs) * NEWEST
end

local function loseResponse(turn, call)
  if call.slotMs == UNTIL_HEAD then call.slotMs = turn.now + LINGER_MS + heldWindowMs(turn.limits) end
end

local function freeUnsent(turn, call)
  if not call.hasHead then call.slotMs = 0 end
  if call.isRetry then returnRetry(turn) end
  call.isUnsent = true
end

local function notePlaceTime(turn, call)
  local pace, operations = turn.state.pace, turn.state.operations
  local heldMs = turn.now - call.grantedMs
  pace.placeMs = pace.placeMs + (heldMs - pace.placeMs) * NEWEST
  local operation = findOperation(turn.state, call.operation)
  if operation then
    operation.placeMs = operation.placeMs + (heldMs - operation.placeMs) * NEWEST
  elseif #operations < OPERATIONS_MAX then
    push(operations, { name = call.operation, placeMs = heldMs })
  end
end

local function settle(turn, step)
  local call = findHeld(turn.state, step.id)
  if not call then return end
  if step.head then seeHead(turn, call) end
  if step.outcome and not call.hasOutcome then
    local kind = step.outcome.kind
    if kind == 'complete' or kind == 'throttled' or kind == 'failed' then
      seeHead(turn, call)
    elseif kind == 'lost' then
      loseResponse(turn, call)
    else
      freeUnsent(turn, call)
    end
    call.hasOutcome = true
    countOutcome(turn, call, step.outcome)
  end
  if step.release and call.isPlace then
    loseResponse(turn, call)
    call.isPlace = false
    if not call.isUnsent then notePlaceTime(turn, call) end
  end
end

local function cancelHeld(turn, id)
  local call = findHeld(turn.state, id)
  if not call or call.hasHead or call.hasOutcome then return end
  freeUnsent(turn, call)
  call.hasOutcome = true
  call.isPlace = false
  countOutcome(turn, call, { kind = 'unsent' })
end

