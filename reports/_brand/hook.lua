-- Runs before and after `quarto render` where omnisim is installed; without it, nothing happens.
-- Before: the sources are held to what both engines understand. After: Word files and decks get their
-- running heads and fixed times, so that equal sources give equal bytes. OMNISIM_HOOKS=off skips both.

local windows = package.config:sub(1, 1) == "\\"
local nowhere = windows and "2>nul" or "2>/dev/null"

if os.getenv("OMNISIM_HOOKS") == "off" then
  return {}
end

local function runs(command)
  local done = os.execute(command)
  return done == true or done == 0
end

-- Quarto names the files that were made to the hook that runs afterwards only.
local moment = os.getenv("QUARTO_PROJECT_OUTPUT_FILES") and "after" or "before"
local named = os.getenv("QUARTO_PYTHON")
local programs = { named and '"' .. named .. '"' or false, "python3", "python", windows and "py" or false }

for i = 1, 4 do
  local python = programs[i]
  if python and runs(python .. ' -c "import omnisim.report.project_hooks" ' .. nowhere) then
    if not runs(python .. " -m omnisim.report.project_hooks " .. moment) then
      os.exit(1)
    end
    break
  end
end

return {}
