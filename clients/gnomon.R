# gnomon from R: one file, base R only (no package).
#
#   source("gnomon.R")
#   run <- gnomon_init("digits", "brave-otter-7", list(lr = 0.1))
#   gnomon_log(run, list("train/loss" = 0.5, note = "warm-up over"), step = 1)
#   gnomon_media(run, "samples", "grid.png", step = 1)
#   gnomon_finish(run)
#
# GNOMON_URL (http://host:port, default http://127.0.0.1:7117) and GNOMON_TOKEN say where. Nothing here stops your script.
# Lines are kept until the server has them, 50,000 at most, and stored there once however often they are sent. Plain HTTP.

gnomon_init <- function(project, name, config = list()) {
  url <- Sys.getenv("GNOMON_URL", "http://127.0.0.1:7117")
  at <- regmatches(url, regexec("^http://([^:/]+):?([0-9]*)", url))[[1]]
  run <- new.env()
  run$host <- at[2]
  run$port <- if (nzchar(at[3])) as.integer(at[3]) else 80L
  run$token <- Sys.getenv("GNOMON_TOKEN")
  run$head <- sprintf('"project":%s,"run":%s,"writer":"r-%d-%.0f"', gnomon_json(project), gnomon_json(name),
                      Sys.getpid(), as.numeric(Sys.time()) * 1000)
  run$lines <- character()
  run$batch <- 0L
  run$dropped <- 0L
  run$id <- NULL
  run$sent <- 0
  config <- if (length(config)) gnomon_json(config) else "{}"
  gnomon_line(run, paste0('"config":', config))
  invisible(run)
}

# Numbers become points, text, vectors and lists records; NaN, NA and infinities are kept.
gnomon_log <- function(run, values, step) {
  fields <- vapply(names(values), function(key) paste0(gnomon_json(key), ":", gnomon_json(values[[key]])), "")
  gnomon_line(run, paste(c(sprintf('"step":%.0f', step), fields), collapse = ","))
}

# A file as it is: an image, a sound, a film.
gnomon_media <- function(run, key, path, step) {
  if (!gnomon_flush(run) || is.null(run$id)) return(invisible(FALSE))
  address <- sprintf("/api/v1/runs/%s/media?key=%s&step=%.0f&name=%s", run$id, URLencode(key, TRUE), step,
                     URLencode(basename(path), TRUE))
  answer <- gnomon_post(run, address, "application/octet-stream", readBin(path, "raw", file.size(path)))
  invisible(answer$status %in% c(200L, 201L))
}

# Send what waits; TRUE when the server has everything.
gnomon_flush <- function(run) {
  run$sent <- as.numeric(Sys.time())
  if (!length(run$lines)) return(invisible(TRUE))
  body <- charToRaw(enc2utf8(paste(run$lines, collapse = "\n")))
  answer <- gnomon_post(run, "/api/v1/ingest", "application/x-ndjson", body)
  # Any other answer means away, busy or full: the lines stay and go again.
  if (!answer$status %in% c(200L, 400L)) return(invisible(FALSE))
  if (answer$status == 400L) message("gnomon: the server refused lines: ", answer$body)
  found <- regmatches(answer$body, regexec('"runs":\\["([^"]*)"', answer$body))[[1]]
  if (length(found) == 2 && is.null(run$id)) run$id <- found[2]
  run$lines <- character()
  invisible(TRUE)
}

gnomon_finish <- function(run, state = "finished") {
  gnomon_line(run, paste0('"state":', gnomon_json(state)))
  gnomon_flush(run)
}

gnomon_line <- function(run, fields) {
  if (length(run$lines) >= 50000L) {
    run$dropped <- run$dropped + 1L
    return(invisible(FALSE))
  }
  run$batch <- run$batch + 1L
  run$lines <- c(run$lines, sprintf('{%s,"batch":%d,', run$head, run$batch))
  run$lines[length(run$lines)] <- paste0(run$lines[length(run$lines)], fields, "}")
  if (as.numeric(Sys.time()) - run$sent > 1 || length(run$lines) %% 500L == 0L) gnomon_flush(run)
  invisible(TRUE)
}

gnomon_post <- function(run, path, kind, body) {
  nothing <- list(status = 0L, body = "")
  tryCatch(suppressWarnings({
    connection <- socketConnection(run$host, run$port, open = "r+b", blocking = TRUE, timeout = 30)
    on.exit(close(connection))
    token <- if (nzchar(run$token)) sprintf("Authorization: Bearer %s\r\n", run$token) else ""
    head <- sprintf(paste0("POST %s HTTP/1.0\r\nHost: %s:%d\r\n%sContent-Type: %s\r\nContent-Length: %d\r\n\r\n"),
                    path, run$host, run$port, token, kind, length(body))
    writeBin(c(charToRaw(head), body), connection)
    got <- raw()
    while (length(piece <- readBin(connection, "raw", 65536L))) got <- c(got, piece)
    text <- rawToChar(got)
    list(status = as.integer(substr(text, 10, 12)), body = sub("^.*?\r\n\r\n", "", text, perl = TRUE))
  }), error = function(cause) nothing)
}

gnomon_json <- function(value) {
  if (is.null(value)) return("null")
  if (is.list(value) || length(value) != 1) {
    parts <- vapply(seq_along(value), function(i) gnomon_json(value[[i]]), "")
    if (is.null(names(value))) return(paste0("[", paste(parts, collapse = ","), "]"))
    return(paste0("{", paste0(vapply(names(value), gnomon_json, ""), ":", parts, collapse = ","), "}"))
  }
  if (is.logical(value) && !is.na(value)) return(if (value) "true" else "false")
  if (is.numeric(value) || (is.logical(value) && is.na(value))) {
    if (is.na(value)) return('"NaN"')
    if (is.infinite(value)) return(if (value > 0) '"Infinity"' else '"-Infinity"')
    return(format(value, digits = 17, scientific = TRUE, decimal.mark = "."))
  }
  text <- gsub('(["\\\\])', "\\\\\\1", enc2utf8(as.character(value)))
  text <- gsub("\n", "\\\\n", gsub("\t", "\\\\t", gsub("\r", "\\\\r", text)))
  paste0('"', gsub("[[:cntrl:]]", " ", text), '"')
}
