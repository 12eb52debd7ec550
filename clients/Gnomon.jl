# gnomon from Julia 1.6 and newer: one file, standard library only.
#
#   include("Gnomon.jl"); using .Gnomon
#   run = Gnomon.init("digits", "brave-otter-7", Dict("lr" => 0.1))
#   Gnomon.log(run, Dict("train/loss" => 0.5, "note" => "warm-up over"), 1)
#   Gnomon.media(run, "samples", "grid.png", 1)
#   Gnomon.finish(run)
#
# GNOMON_URL (http://host:port, default http://127.0.0.1:7117) and GNOMON_TOKEN say where. Nothing here throws. Lines are
# kept until the server has them, 50,000 at most, and stored there once however often they are sent. Plain HTTP.
module Gnomon

using Sockets

mutable struct Run
    host::String
    port::Int
    token::String
    head::String
    lines::Vector{String}
    batch::Int
    dropped::Int
    id::String
    sent::Float64
    guard::ReentrantLock
end

function init(project::AbstractString, name::AbstractString, config = Dict{String,Any}())
    found = match(r"^http://([^:/]+):?(\d*)", get(ENV, "GNOMON_URL", "http://127.0.0.1:7117"))
    host, port = found === nothing ? ("127.0.0.1", "7117") : (found[1], found[2])
    writer = "jl-$(getpid())-$(round(Int, 1000 * time()))"
    head = "\"project\":$(json(project)),\"run\":$(json(name)),\"writer\":\"$writer\""
    run = Run(host, isempty(port) ? 80 : parse(Int, port), get(ENV, "GNOMON_TOKEN", ""), head, String[], 0, 0, "", 0.0,
              ReentrantLock())
    line(run, "\"config\":$(json(config))")
    return run
end

"Numbers become points, text, vectors and dictionaries records; NaN and infinities are kept."
function log(run::Run, values::AbstractDict, step::Integer)
    line(run, join(["\"step\":$step"; ["$(json(string(k))):$(json(v))" for (k, v) in values]], ","))
end

"A file as it is: an image, a sound, a film."
function media(run::Run, key::AbstractString, path::AbstractString, step::Integer)
    flush(run) && !isempty(run.id) || return false
    address = "/api/v1/runs/$(run.id)/media?key=$(escape(key))&step=$step&name=$(escape(basename(path)))"
    status, _ = post(run, address, "application/octet-stream", read(path))
    return status in (200, 201)
end

"Send what waits; true when the server has everything."
function flush(run::Run)
    lock(run.guard) do
        run.sent = time()
        isempty(run.lines) && return true
        status, body = post(run, "/api/v1/ingest", "application/x-ndjson", Vector{UInt8}(join(run.lines, "\n")))
        status in (200, 400) || return false # away, busy or full: the lines stay and go again
        status == 400 && @warn "gnomon: the server refused lines: $body"
        found = match(r"\"runs\":\[\"([^\"]*)\"", body)
        found === nothing || (run.id = found[1])
        empty!(run.lines)
        return true
    end
end

function finish(run::Run, state::AbstractString = "finished")
    line(run, "\"state\":$(json(state))")
    return flush(run)
end

function line(run::Run, fields::AbstractString)
    lock(run.guard) do
        if length(run.lines) >= 50_000
            run.dropped += 1
            return nothing
        end
        run.batch += 1
        push!(run.lines, "{$(run.head),\"batch\":$(run.batch),$fields}")
        (time() - run.sent > 1 || length(run.lines) % 1000 == 0) && flush(run)
        return nothing
    end
end

function post(run::Run, path, kind, body::Vector{UInt8})
    try
        socket = connect(run.host, run.port)
        token = isempty(run.token) ? "" : "Authorization: Bearer $(run.token)\r\n"
        write(socket, "POST $path HTTP/1.0\r\nHost: $(run.host):$(run.port)\r\n$(token)Content-Type: $kind\r\n" *
                      "Content-Length: $(length(body))\r\n\r\n", body)
        answer = read(socket, String)
        close(socket)
        return parse(Int, answer[10:12]), last(split(answer, "\r\n\r\n"; limit = 2))
    catch
        return 0, ""
    end
end

escape(text) = join(c in "-._~" || isascii(c) && (isletter(c) || isdigit(c)) ? string(c) :
                    join("%" * uppercase(string(b; base = 16, pad = 2)) for b in codeunits(string(c))) for c in text)

json(::Nothing) = "null"
json(value::Bool) = string(value)
json(value::Integer) = string(value)
json(value::Symbol) = json(string(value))
function json(value::Real)
    number = Float64(value)
    isnan(number) && return "\"NaN\""
    isinf(number) && return number > 0 ? "\"Infinity\"" : "\"-Infinity\""
    return string(number)
end
function json(text::AbstractString)
    escaped(c) = c == '"' || c == '\\' ? "\\$c" : iscntrl(c) && isascii(c) ? "\\u$(string(Int(c); base = 16, pad = 4))" : string(c)
    return "\"" * join(escaped(c) for c in text) * "\""
end
json(values::AbstractDict) = "{" * join(("$(json(string(k))):$(json(v))" for (k, v) in values), ",") * "}"
json(values::Union{AbstractVector,Tuple}) = "[" * join((json(v) for v in values), ",") * "]"
json(value) = json(string(value))

end
