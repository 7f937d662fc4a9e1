-- The brand filter: one source, the same document in HTML, PDF (Typst) and DOCX.
-- Quarto and omnisim's embedded engine both run it. It numbers exhibits, resolves references to
-- them, and turns the om-* classes of the sources into what each format can show.

local typst = FORMAT:match("typst") ~= nil
local docx = FORMAT:match("docx") ~= nil
local html = FORMAT:match("html") ~= nil

-- Paragraphs that consist of one span with such a class get this style.
local PARAGRAPHS = {
  ["om-exhibit-title"] = "Exhibit Title",
  ["om-exhibit-subtitle"] = "Exhibit Subtitle",
  ["om-exhibit-note"] = "Exhibit Note",
  ["om-kpi-label"] = "KPI Label",
  ["om-kpi-value"] = "KPI Value",
  ["om-kpi-note"] = "KPI Note",
  ["om-lead"] = "Lead",
  ["om-facts"] = "Facts",
}
local STATUS = { ["om-met"] = "Met", ["om-not-met"] = "Not Met", ["om-open"] = "Open" }

-- What the filter writes itself. In Chinese nothing stands between signs and numbers.
local WORDS = {
  en = {
    exhibit = "Exhibit\u{a0}%d",
    exhibit_title = "Exhibit\u{a0}%d.",
    contents = "Contents",
    skip = "Skip to the report",
    toggle = "Show or hide the contents",
    table = "Table",
    logo = "Logo: ",
    not_real = ": no figure describes a real retailer",
    made = "Produced by Quarto %s",
  },
  zh = {
    exhibit = "图表%d",
    exhibit_title = "图表%d：",
    contents = "目录",
    skip = "跳至正文",
    toggle = "显示或隐藏目录",
    table = "表格",
    logo = "标识：",
    not_real = "：文中数字不描述任何真实零售商",
    made = "由Quarto %s生成",
  },
}

local chinese = false -- whether the document is in Chinese
local words = WORDS.en
local numbers = {} -- identifier of an exhibit -> its number

local function has(element, class)
  return element.classes ~= nil and element.classes:includes(class)
end

local function text_of(meta)
  return meta and pandoc.utils.stringify(meta) or ""
end

local function typst_string(text)
  return '"' .. text:gsub("\\", "\\\\"):gsub('"', '\\"') .. '"'
end

local function raw(code)
  return pandoc.RawBlock(typst and "typst" or "openxml", code)
end

local function wrap(open, blocks, close)
  local out = pandoc.List({ raw(open) })
  out:extend(blocks)
  out:insert(raw(close))
  return out
end

-- Numbers ---------------------------------------------------------------------------------------

local function number_exhibits(blocks)
  local count = 0
  blocks:walk({
    traverse = "topdown",
    Div = function(div)
      if has(div, "om-exhibit") then
        if div.identifier == "" then
          error("an exhibit has no identifier; write ::: {#exh-name .om-exhibit}")
        end
        if numbers[div.identifier] then
          error("two exhibits are called #" .. div.identifier)
        end
        count = count + 1
        numbers[div.identifier] = count
      end
    end,
  })
end

local function resolve_reference(link)
  if not has(link, "om-ref") then
    return nil
  end
  local number = numbers[link.target:sub(2)]
  if number == nil then
    error("no exhibit " .. link.target .. " to refer to")
  end
  link.content = { pandoc.Str(words.exhibit:format(number)) }
  return link
end

-- Figures ---------------------------------------------------------------------------------------

local function show_image(image)
  local alt = image.attributes["fig-alt"]
  if alt == nil then
    return nil
  end
  if typst then
    local code = "#om-image(" .. typst_string(image.src) .. ", alt: " .. typst_string(alt) .. ")"
    return pandoc.RawInline("typst", code)
  end
  if docx then
    image.src = image.src:gsub("%.svg$", ".png")
    image.attributes["width"] = "16cm"
  end
  if docx or quarto == nil then
    image.caption = { pandoc.Str(alt) }
    image.attributes["fig-alt"] = nil
  end
  return image
end

-- Paragraphs and words --------------------------------------------------------------------------

local function paragraph_class(block)
  if (block.t == "Para" or block.t == "Plain") and #block.content == 1 then
    local only = block.content[1]
    if only.t == "Span" then
      for class, style in pairs(PARAGRAPHS) do
        if has(only, class) then
          return class, style, only.content
        end
      end
    end
  end
  return nil
end

local function show_paragraph(block)
  local class, style, content = paragraph_class(block)
  if class == nil then
    return nil
  end
  if typst then
    return pandoc.Div(wrap("#" .. class .. "[", { pandoc.Plain(content) }, "]"))
  end
  if docx then
    return pandoc.Div({ pandoc.Para(content) }, pandoc.Attr("", {}, { ["custom-style"] = style }))
  end
  return pandoc.Div({ pandoc.Para(content) }, pandoc.Attr(block.content[1].identifier, { class }))
end

local function show_span(span)
  if has(span, "om-bar") then
    if typst then
      return pandoc.RawInline("typst", "#om-bar")
    end
    if docx then
      span.attributes["custom-style"] = "Bar"
    end
    return span
  end
  if not has(span, "om-status") then
    return nil
  end
  for class, style in pairs(STATUS) do
    if has(span, class) then
      if typst then
        local out = pandoc.List({ pandoc.RawInline("typst", '#om-status("' .. class .. '")[') })
        out:extend(span.content)
        out:insert(pandoc.RawInline("typst", "]"))
        return out
      end
      if docx then
        span.attributes["custom-style"] = "Status " .. style
      end
      return span
    end
  end
  return nil
end

-- Blocks ----------------------------------------------------------------------------------------

local function title_exhibit(div)
  local number = numbers[div.identifier]
  div.content = div.content:walk({
    Para = function(para)
      if paragraph_class(para) == "om-exhibit-title" then
        local span = para.content[1]
        span.identifier = html and div.identifier .. "-title" or ""
        if not chinese then
          span.content:insert(1, pandoc.Space())
        end
        span.content:insert(1, pandoc.Strong({ pandoc.Str(words.exhibit_title:format(number)) }))
        return pandoc.Para({ span })
      end
    end,
    Div = function(inner)
      if html and has(inner, "om-table") then
        inner.attributes["aria-labelledby"] = div.identifier .. "-title"
        return inner
      end
    end,
  })
  return div
end

-- Labels, values and notes of all cards in three rows, so that values stand on one line.
local function kpi_rows(cards)
  local rows = { {}, {}, {} }
  for _, card in ipairs(cards) do
    for i = 1, 3 do
      table.insert(rows[i], pandoc.Blocks({ card.content[i] or pandoc.Plain({}) }))
    end
  end
  return rows
end

local function kpi_table(rows)
  local aligns, widths = {}, {}
  for i = 1, #rows[1] do
    aligns[i] = pandoc.AlignLeft
    widths[i] = 1 / #rows[1]
  end
  local made = pandoc.utils.from_simple_table(pandoc.SimpleTable({}, aligns, widths, {}, rows))
  made.attr = pandoc.Attr("", {}, { ["custom-style"] = "KPITable" })
  return made
end

local function show_kpis(div)
  local cards = div.content:filter(function(block)
    return block.t == "Div" and has(block, "om-kpi")
  end)
  if html or #cards == 0 then
    return nil
  end
  local rows = kpi_rows(cards)
  if docx then
    return { kpi_table(rows), raw('<w:p><w:pPr><w:pStyle w:val="KPINote"/></w:pPr></w:p>') }
  end
  local out = pandoc.List({ raw("#om-kpis(") })
  for _, row in ipairs(rows) do
    out:insert(raw("("))
    for _, cell in ipairs(row) do
      out:insert(raw("["))
      out:extend(cell)
      out:insert(raw("],"))
    end
    out:insert(raw("),"))
  end
  out:insert(raw(")"))
  return out
end

local function restyle(blocks, style)
  local out = pandoc.List()
  for _, block in ipairs(blocks) do
    if block.t == "Para" or block.t == "Plain" then
      block = pandoc.Div({ block }, pandoc.Attr("", {}, { ["custom-style"] = style }))
    elseif block.t == "OrderedList" then
      for i, item in ipairs(block.content) do
        local text = pandoc.List({ pandoc.Str(i .. ".\u{a0}") })
        text:extend(pandoc.utils.blocks_to_inlines(item))
        local para = pandoc.Para(text)
        out:insert(pandoc.Div({ para }, pandoc.Attr("", {}, { ["custom-style"] = style })))
      end
      block = nil
    end
    if block then
      out:insert(block)
    end
  end
  return out
end

-- In Word a turned page is a section of its own. Only the embedded engine gives it running heads.
local function section(portrait)
  local size = portrait and 'w:w="11906" w:h="16838"' or 'w:w="16838" w:h="11906" w:orient="landscape"'
  return raw(
    '<w:p><w:pPr><w:spacing w:before="0" w:after="0" w:line="20" w:lineRule="exact"/><w:sectPr><w:pgSz '
      .. size
      .. '/><w:pgMar w:top="1417" w:right="1361" w:bottom="1304" w:left="1361" w:header="680" '
      .. 'w:footer="680" w:gutter="0"/></w:sectPr></w:pPr></w:p>'
  )
end

-- An exhibit that may break over pages. Inside blocks of their own its title and subtitle would not
-- stick to a table that begins on the next page.
local function unwrapped(div)
  local out = pandoc.List()
  for i, block in ipairs(div.content) do
    if block.t == "Div" and block.identifier == "" and #block.classes == 0 then
      out:extend(block.content)
    else
      out:insert(block)
    end
    if i == 1 then
      out:insert(raw("<" .. div.identifier .. ">"))
    end
  end
  return out
end

local function without(classes, name)
  return classes:filter(function(class)
    return class ~= name
  end)
end

-- The heading at the end of some blocks, with one paragraph below it at most, taken off them.
local function last_heading(blocks)
  local n = #blocks
  local first = (n > 1 and blocks[n].t == "Para" and blocks[n - 1].t == "Header") and n - 1 or n
  local taken = pandoc.List()
  if n > 0 and blocks[first].t == "Header" and not has(blocks[first], "om-newpage") then
    while #blocks >= first do
      taken:insert(1, blocks:remove())
    end
  end
  return taken
end

local ASKING = 3 -- rows of exhibits of a document that ask where they begin

-- Exhibits in a row on upright pages are laid out as one, so that pages are filled.
local function join_runs(blocks)
  local out, run = pandoc.List(), pandoc.List()
  local asked = 0
  local function close()
    local asks = #run > 2 and asked < ASKING
    asked = asked + (asks and 1 or 0)
    local above = #run > 0 and last_heading(out) or {}
    if #above > 0 then -- inside the row the space above a heading is lost
      out:insert(raw(above[1].level == 1 and "#v(3em, weak: true)" or "#v(2em, weak: true)"))
    end
    for i, exhibit in ipairs(run) do
      exhibit.classes = without(exhibit.classes, "om-keep")
      if not has(exhibit, "om-exhibit-table") then
        exhibit.classes:insert("om-joined") -- a table may break
      end
      local begin = i > 1 and "" or asks and "#om-run(asks: true, " or "#om-run("
      out:insert(raw(begin .. "most => { let om-image = om-image.with(most: most); ["))
      if i == 1 then
        out:extend(above)
      end
      out:insert(exhibit)
      out:insert(raw("] }," .. (i == #run and ")" or "")))
    end
    run = pandoc.List()
  end
  for _, block in ipairs(blocks) do
    if block.t == "Div" and has(block, "om-exhibit") and not has(block, "om-landscape") then
      run:insert(block)
    else
      close()
      out:insert(block)
    end
  end
  close()
  return pandoc.Blocks(out)
end

-- A heading with its words, directly above a turned page, stands on that page: alone it would leave
-- the rest of its own page empty.
local function turn_headings(blocks)
  local out = pandoc.List()
  for _, block in ipairs(blocks) do
    local first = #out + 1
    if block.t == "Div" and has(block, "om-landscape") then
      while first > 1 and out[first - 1].t == "Para" do
        first = first - 1
      end
      first = (first > 1 and out[first - 1].t == "Header") and first - 1 or #out + 1
    end
    if first <= #out then
      local turned = pandoc.Div({}, pandoc.Attr("", { "om-landscape" }))
      while #out >= first do
        turned.content:insert(1, out:remove())
      end
      -- The turned page begins anyway.
      turned.content[1].classes = without(turned.content[1].classes, "om-newpage")
      block.classes = without(block.classes, "om-landscape")
      turned.content:insert(block)
      block = turned
    end
    out:insert(block)
  end
  return pandoc.Blocks(out)
end

local function show_div(div)
  if has(div, "om-kpis") then
    return show_kpis(div)
  end
  if typst and has(div, "om-landscape") then
    local out = pandoc.List({ raw("#page(flipped: true)[") })
    if div.identifier ~= "" then
      out:insert(raw("#metadata(none) <" .. div.identifier .. ">"))
    end
    out:extend(div.content)
    out:insert(raw("]"))
    return out
  end
  if docx and has(div, "om-landscape") and quarto == nil then
    return { section(true), div, section(false) }
  end
  if typst and has(div, "om-exhibit") and not has(div, "om-keep") and not has(div, "om-joined") then
    return unwrapped(div)
  end
  if typst and (has(div, "om-keep") or has(div, "om-table")) then
    if has(div, "om-table") then
      div.content = wrap(has(div, "om-small") and "#om-small[" or "#om-normal[", div.content, "]")
      if not has(div, "om-keep") then
        div.content:insert(1, raw("#om-room"))
      end
    end
    if has(div, "om-keep") then
      div.content = wrap("#om-together[", div.content, "]")
    end
    return div
  end
  if has(div, "om-table") then
    if docx and has(div, "om-small") then
      return div:walk({
        Plain = function(plain)
          local para = pandoc.Para(plain.content)
          return pandoc.Div({ para }, pandoc.Attr("", {}, { ["custom-style"] = "Table Small" }))
        end,
      })
    end
    if html then
      div.attributes["role"] = "region"
      div.attributes["tabindex"] = "0"
      if div.attributes["aria-labelledby"] == nil then
        div.attributes["aria-label"] = words.table
      end
    end
    return div
  end
  for class, style in pairs({ ["om-sowhat"] = "So What", ["om-missing"] = "Missing" }) do
    if has(div, class) then
      if typst then
        return wrap("#" .. class .. "[", div.content, "]")
      end
      if docx then
        return restyle(div.content, style)
      end
    end
  end
  return nil
end

-- A reader that cannot see a table is told which column a cell belongs to.
local function name_columns(tbl)
  for _, row in ipairs(tbl.head.rows) do
    for _, cell in ipairs(row.cells) do
      cell.attr.attributes["scope"] = "col"
    end
  end
  return tbl
end

-- Word sets the paragraphs of a tight list like table cells: too small for text.
local function loosen(list)
  return list:walk({
    Plain = function(plain)
      return pandoc.Para(plain.content)
    end,
  })
end

local PAGE_BREAK = '<w:p><w:pPr><w:spacing w:before="0" w:after="0" w:line="20" w:lineRule="exact"/>'
  .. '</w:pPr><w:r><w:br w:type="page"/></w:r></w:p>'

local function break_page(header)
  if not has(header, "om-newpage") then
    return nil
  end
  if typst then
    return wrap("#om-chapter[", { header }, "]")
  end
  if docx then
    return { raw(PAGE_BREAK), header }
  end
  return header
end

-- Cover and contents ----------------------------------------------------------------------------

local COVER = { "client", "audience", "prepared-by", "report-date", "data-line", "confidentiality" }
local RUNNING = 80 -- characters of a running head
local COLOURS = { "accent", "ink", "muted", "alert", "tint" }

local function cover_lines(meta)
  local lines = pandoc.List()
  for _, name in ipairs(COVER) do
    if text_of(meta[name]) ~= "" then
      lines:insert({ name, text_of(meta[name]) })
    end
  end
  return lines
end

-- What stands at the foot of each page: long names are cut.
local function running_heads(meta)
  for _, name in ipairs({ "client", "confidentiality" }) do
    local text = text_of(meta[name])
    if text ~= "" then
      if pandoc.text.len(text) > RUNNING then
        text = pandoc.text.sub(text, 1, RUNNING - 1) .. "…"
      end
      meta["running-" .. name] = pandoc.MetaInlines({ pandoc.Str(text) })
    end
  end
end

local function logo(meta)
  local src = text_of(meta["om-logo"])
  if src == "" then
    return nil
  end
  local alt = words.logo .. text_of(meta.client)
  local width = text_of(meta["om-logo-width"])
  if typst then
    local code = "#image(" .. typst_string(src) .. ", width: " .. (width ~= "" and width or "40mm")
      .. ", alt: " .. typst_string(alt) .. ")"
    return pandoc.RawInline("typst", code)
  end
  if docx then
    src = src:gsub("%.svg$", ".png")
  end
  return pandoc.Image({ pandoc.Str(alt) }, src, "", pandoc.Attr("", { "om-logo" }, { width = width }))
end

-- Colours of an engagement, for the style sheet of the page.
local function own_colours(meta)
  local rules = {}
  for _, name in ipairs(COLOURS) do
    local channels = text_of(meta["om-" .. name])
    if channels:match("^%d+, %d+, %d+$") then
      table.insert(rules, "--" .. name .. ":rgb(" .. channels .. ")")
    end
  end
  local family = text_of(meta.mainfont)
  if family ~= "" and family ~= "Lato" and family:match("^[%w ]+$") then
    table.insert(rules, '--family:"' .. family .. '"')
  end
  if #rules == 0 then
    return
  end
  local style = "<style>:root{" .. table.concat(rules, ";") .. "}</style>"
  if quarto ~= nil then
    quarto.doc.include_text("in-header", style)
  else
    meta["own-style"] = pandoc.MetaInlines({ pandoc.RawInline("html", style) })
  end
end

local function html_cover(meta)
  local body = pandoc.List()
  local mark = text_of(meta["simulated-mark"])
  if mark ~= "" then
    local banner = pandoc.Para({ pandoc.Strong(mark), pandoc.Str(words.not_real) })
    body:insert(pandoc.Div({ banner }, pandoc.Attr("", { "om-banner" }, { role = "note" })))
  end
  local cover = pandoc.List()
  local picture = logo(meta)
  if picture then
    cover:insert(pandoc.Para({ picture }))
  end
  for _, pair in ipairs({ { "title", "om-cover-title" }, { "subtitle", "om-cover-subtitle" } }) do
    if text_of(meta[pair[1]]) ~= "" then
      local para = pandoc.Para({ pandoc.Str(text_of(meta[pair[1]])) })
      cover:insert(pandoc.Div({ para }, pandoc.Attr("", { pair[2] })))
    end
  end
  for _, line in ipairs(cover_lines(meta)) do
    local para = pandoc.Para({ pandoc.Str(line[2]) })
    cover:insert(pandoc.Div({ para }, pandoc.Attr("", { "om-cover-line", "om-cover-" .. line[1] })))
  end
  body:insert(pandoc.Div(cover, pandoc.Attr("", { "om-cover" })))
  return body
end

local function xml(text)
  return (text:gsub("&", "&amp;"):gsub("<", "&lt;"):gsub(">", "&gt;"):gsub('"', "&quot;"))
end

-- A contents field that Word renews when it opens the file; until then it shows the headings.
local function docx_contents(blocks)
  local entries = pandoc.List()
  blocks:walk({
    Header = function(header)
      if header.level <= 2 then
        entries:insert({ header.level, pandoc.utils.stringify(header.content), header.identifier })
      end
    end,
  })
  local begin = '<w:r><w:fldChar w:fldCharType="begin" w:dirty="true"/></w:r><w:r><w:instrText '
    .. 'xml:space="preserve"> TOC \\o "1-2" \\h \\z \\u </w:instrText></w:r><w:r>'
    .. '<w:fldChar w:fldCharType="separate"/></w:r>'
  local out = { '<w:p><w:pPr><w:pStyle w:val="TOCHeading"/></w:pPr><w:r><w:t>' .. words.contents .. "</w:t></w:r></w:p>" }
  for i, entry in ipairs(entries) do
    local level, title, target = entry[1], entry[2], entry[3]
    table.insert(
      out,
      '<w:p><w:pPr><w:pStyle w:val="TOC' .. level .. '"/></w:pPr>' .. (i == 1 and begin or "")
        .. '<w:hyperlink w:anchor="' .. xml(target) .. '"><w:r><w:t xml:space="preserve">' .. xml(title)
        .. "</w:t></w:r></w:hyperlink>"
        .. (i == #entries and '<w:r><w:fldChar w:fldCharType="end"/></w:r>' or "") .. "</w:p>"
    )
  end
  return raw(table.concat(out))
end

local function docx_cover(doc)
  local out = pandoc.List()
  local function line(text, style)
    local para = pandoc.Para({ pandoc.Str(text) })
    out:insert(pandoc.Div({ para }, pandoc.Attr("", {}, { ["custom-style"] = style })))
  end
  local picture = logo(doc.meta)
  if picture then
    out:insert(pandoc.Div({ pandoc.Para({ picture }) }, pandoc.Attr("", {}, { ["custom-style"] = "Cover Line" })))
  end
  local mark = text_of(doc.meta["simulated-mark"])
  if mark ~= "" then
    line(mark .. words.not_real, "Cover Mark")
  end
  for _, pair in ipairs(cover_lines(doc.meta)) do
    line(pair[2], pair[1] == "client" and "Cover Client" or "Cover Line")
  end
  out:insert(raw(PAGE_BREAK))
  out:insert(docx_contents(doc.blocks))
  out:insert(raw(PAGE_BREAK))
  return out
end

local function begins_exhibit(block)
  if block.t == "RawBlock" then
    return block.text == "#om-exhibit-title[" or block.text:match("^#om%-run%(") ~= nil
  end
  return block.t == "Div" and (has(block, "om-table") or has(block, "om-exhibit"))
end

-- A line that names the list below it.
local function names_list(block, below)
  return block.t == "Para" and #block.content == 1 and block.content[1].t == "Strong"
    and (below.t == "BulletList" or below.t == "OrderedList")
end

-- The words above a table, an exhibit or a list go with it to the next page.
local function tie_words(blocks)
  local out = pandoc.List()
  for i, block in ipairs(blocks) do
    local below = blocks[i + 1]
    local is_text = block.t == "Para" or (block.t == "Div" and #block.classes == 0 and block.identifier == "")
    if is_text and below and (begins_exhibit(below) or names_list(block, below)) then
      out:extend(wrap("#om-tied[", { block }, "]"))
    else
      out:insert(block)
    end
  end
  return out
end

local function colophon(meta)
  local made = text_of(meta["produced-by"])
  if made == "" and quarto ~= nil then
    made = words.made:format(tostring(quarto.version))
    meta["produced-by"] = pandoc.MetaInlines({ pandoc.Str(made) })
  end
  if made == "" or typst then
    return {}
  end
  local said = { pandoc.Span({ pandoc.Str(made) }, pandoc.Attr("", { "om-facts" })) }
  return { show_paragraph(pandoc.Para(said)) }
end

-- Chinese ---------------------------------------------------------------------------------------

local WIDE = 0x2e80 -- from here on signs are as wide as high

local function is_wide(inline, at)
  if inline == nil or inline.t ~= "Str" then
    return false
  end
  return utf8.codepoint(inline.text, utf8.offset(inline.text, at)) >= WIDE
end

-- Chinese has no slanted letters, and no blank where a line of the source ends.
local CHINESE = {
  Emph = function(emphasis)
    return pandoc.Strong(emphasis.content)
  end,
  Inlines = function(inlines)
    local out = pandoc.List()
    for i, inline in ipairs(inlines) do
      local torn = inline.t == "SoftBreak" and (is_wide(inlines[i - 1], -1) or is_wide(inlines[i + 1], 1))
      if not torn then
        out:insert(inline)
      end
    end
    return out
  end,
}

-- Language tags as each format wants them: script in a page, region in Word, both apart in Typst.
local function name_language(meta)
  if chinese then
    meta.lang = pandoc.MetaString(html and "zh-Hans" or docx and "zh-CN" or "zh")
  end
  if html then
    for _, name in ipairs({ "contents", "skip", "toggle" }) do
      meta["om-" .. name] = pandoc.MetaString(words[name])
    end
  end
end

-- Decks ------------------------------------------------------------------------------------------
-- What Pandoc can lay out by itself; omnisim, where it is installed, draws the slides anew.

local function deck_cards(div)
  local items = pandoc.List()
  for _, card in ipairs(div.content) do
    if card.t == "Div" and has(card, "om-kpi") then
      local label = card.content[1] and pandoc.utils.blocks_to_inlines({ card.content[1] }) or {}
      local value = card.content[2] and pandoc.utils.blocks_to_inlines({ card.content[2] }) or {}
      local words = pandoc.List({ pandoc.Strong(value), pandoc.Space() })
      words:extend(label)
      items:insert(pandoc.Blocks({ pandoc.Plain(words) }))
    end
  end
  return pandoc.BulletList(items)
end

-- A picture or table alone: its title and source stand in the notes.
local function deck_exhibit(div)
  return div.content:filter(function(block)
    return paragraph_class(block) == nil
  end)
end

local function deck_image(image)
  image.src = image.src:gsub("%.svg$", ".png")
  image.title = image.attributes["fig-alt"] or ""
  image.caption = {}
  return image
end

-- Text beside columns goes into them, text beside a table stands before it: one slide stays one slide.
local function deck_slide(blocks)
  local columns, tables, notes, rest = nil, pandoc.List(), pandoc.List(), pandoc.List()
  for _, block in ipairs(blocks) do
    if block.t == "Div" and has(block, "columns") and columns == nil then
      columns = block
    elseif block.t == "Div" and has(block, "notes") then
      notes:insert(block)
    elseif block.t == "Table" then
      tables:insert(block)
    else
      rest:insert(block)
    end
  end
  local out = pandoc.List()
  if columns then
    rest = rest:filter(function(block)
      return block.attr == nil or not has(block, "om-kpis") -- no room beside columns
    end)
    local last = columns.content[#columns.content]
    last.content:extend(rest)
    out:insert(columns)
  else
    out:extend(rest)
  end
  out:extend(tables)
  out:extend(notes)
  return out:map(function(block)
    return block.t == "Div" and has(block, "om-kpis") and deck_cards(block) or block
  end)
end

local function deck(doc)
  local blocks = doc.blocks:walk({
    Div = function(div)
      if has(div, "om-exhibit") then
        return deck_exhibit(div)
      elseif has(div, "om-sowhat") or has(div, "om-missing") or has(div, "om-table") then
        return div.content -- Pandoc shows no table inside a block
      end
    end,
  })
  blocks = blocks:walk({ Image = deck_image })
  local out, slide = pandoc.List(), pandoc.List()
  for _, block in ipairs(blocks) do
    if block.t == "Header" and block.level <= 2 then
      out:extend(deck_slide(slide))
      out:insert(block)
      slide = pandoc.List()
    else
      slide:insert(block)
    end
  end
  out:extend(deck_slide(slide))
  doc.blocks = out
  doc.meta.author = doc.meta.client
  doc.meta.date = doc.meta["report-date"]
  return doc
end

function Pandoc(doc)
  if FORMAT:match("pptx") then
    return deck(doc)
  end
  chinese = text_of(doc.meta.lang):match("^zh") ~= nil
  words = chinese and WORDS.zh or WORDS.en
  name_language(doc.meta)
  number_exhibits(doc.blocks)
  local blocks = chinese and doc.blocks:walk(CHINESE) or doc.blocks
  blocks = blocks:walk({ Link = resolve_reference })
  blocks = blocks:walk({
    Div = function(div)
      if has(div, "om-exhibit") then
        return title_exhibit(div)
      end
    end,
  })
  blocks = blocks:walk({ Para = show_paragraph, Plain = show_paragraph })
  blocks = blocks:walk({ Image = show_image, Span = show_span })
  if not html then
    blocks = turn_headings(blocks)
  end
  if typst then
    blocks = join_runs(blocks)
  end
  blocks = blocks:walk({ Div = show_div, Header = break_page })
  if typst then
    blocks = tie_words(blocks)
  end
  if docx then
    blocks = blocks:walk({ BulletList = loosen, OrderedList = loosen })
  end
  if html then
    own_colours(doc.meta)
    blocks = blocks:walk({ Table = name_columns })
  end
  if typst then
    running_heads(doc.meta)
    local picture = logo(doc.meta)
    if picture then
      doc.meta["cover-logo"] = pandoc.MetaInlines({ picture })
    end
  end
  local front = html and html_cover(doc.meta) or docx and docx_cover(doc) or pandoc.List()
  front:extend(blocks)
  front:extend(colophon(doc.meta))
  doc.blocks = front
  return doc
end
