# gnomon from a shell script: source it, needs curl. POSIX sh.
#
#   . ./gnomon.sh
#   gnomon_init digits brave-otter-7 '{"lr": 0.1}'
#   gnomon_log 1 train/loss=0.5 train/acc=0.9
#   gnomon_text 1 note "warm-up over"
#   gnomon_media 1 samples picture.png
#   gnomon_finish                      # or: gnomon_finish failed
#
# GNOMON_URL (default http://127.0.0.1:7117) and GNOMON_TOKEN say where. Lines wait in a file while the server is away
# and are sent again with the next call; the server stores each once. Nothing here ends your script.

gnomon_init() { # project run [config as JSON]
    gnomon_url=${GNOMON_URL:-http://127.0.0.1:7117}
    gnomon_run="\"project\":$(gnomon_quote "$1"),\"run\":$(gnomon_quote "$2")"
    gnomon_project=$1 gnomon_name=$2 gnomon_batch=0 gnomon_id=''
    gnomon_writer="sh-$$-$(date +%s)"
    gnomon_spool=$(mktemp "${TMPDIR:-/tmp}/gnomon.XXXXXX") || return 1
    gnomon_line "\"config\":${3:-{\}}"
    gnomon_flush
}

gnomon_log() { # step key=value...
    gnomon_fields="\"step\":$1"
    shift
    for gnomon_pair in "$@"; do
        gnomon_value=${gnomon_pair#*=}
        case $gnomon_value in
            [Nn]a[Nn]) gnomon_value='"NaN"' ;;
            [Ii]nf*|+[Ii]nf*) gnomon_value='"Infinity"' ;;
            -[Ii]nf*) gnomon_value='"-Infinity"' ;;
            .*) gnomon_value=0$gnomon_value ;;
            -.*) gnomon_value=-0${gnomon_value#-} ;;
        esac
        gnomon_fields="$gnomon_fields,$(gnomon_quote "${gnomon_pair%%=*}"):$gnomon_value"
    done
    gnomon_line "$gnomon_fields"
    gnomon_flush
}

gnomon_text() { # step key text
    gnomon_line "\"step\":$1,$(gnomon_quote "$2"):$(gnomon_quote "$3")"
    gnomon_flush
}

gnomon_media() { # step key file: an image, sound, film or anything else, as it is
    [ -n "$gnomon_id" ] || gnomon_flush
    [ -n "$gnomon_id" ] || { echo "gnomon: $3 was not sent: no answer from $gnomon_url" >&2; return 0; }
    gnomon_query="key=$(gnomon_escape "$2")&step=$1&name=$(gnomon_escape "${3##*/}")"
    gnomon_curl -X POST -H 'Content-Type: application/octet-stream' -T "$3" \
        "$gnomon_url/api/v1/runs/$gnomon_id/media?$gnomon_query" >/dev/null || echo "gnomon: $3 was not sent" >&2
    return 0
}

gnomon_finish() { # [state]
    gnomon_line "\"state\":$(gnomon_quote "${1:-finished}")"
    gnomon_flush
    if [ -s "$gnomon_spool" ]; then
        echo "gnomon: $gnomon_url does not answer; the lines are in $gnomon_spool" >&2
    else
        rm -f "$gnomon_spool"
    fi
    return 0
}

gnomon_line() {
    gnomon_batch=$((gnomon_batch + 1))
    printf '{%s,"writer":"%s","batch":%d,%s}\n' "$gnomon_run" "$gnomon_writer" "$gnomon_batch" "$1" >> "$gnomon_spool"
}

gnomon_flush() {
    gnomon_answer=$(gnomon_curl -H 'Content-Type: application/x-ndjson' --data-binary "@$gnomon_spool" \
        "$gnomon_url/api/v1/ingest") || return 0
    : > "$gnomon_spool"
    [ -n "$gnomon_id" ] || gnomon_id=$(printf %s "$gnomon_answer" | sed -n 's/.*"runs":\["\([^"]*\)".*/\1/p')
    return 0
}

gnomon_curl() {
    if [ -n "${GNOMON_TOKEN:-}" ]; then
        # The token goes through standard input: other users of the machine can read command lines.
        printf 'header = "Authorization: Bearer %s"\n' "$GNOMON_TOKEN" | curl -sS -f -m 30 -K - "$@" 2>/dev/null
    else
        curl -sS -f -m 30 "$@" 2>/dev/null
    fi
}

gnomon_quote() { # text as a JSON string
    printf '"%s"' "$(printf %s "$1" | sed -e 's/\\/\\\\/g' -e 's/"/\\"/g' -e 's/	/\\t/g' | awk 'NR > 1 { printf "\\n" } { printf "%s", $0 }')"
}

gnomon_escape() { # text for an address
    printf %s "$1" | od -An -tx1 -v | tr -d ' \n' | sed 's/../%&/g'
}
