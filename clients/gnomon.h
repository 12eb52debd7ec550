/* gnomon from C: one header, POSIX sockets, nothing else. In one source file: #define GNOMON_IMPLEMENTATION before it.
 *
 *   gnomon_run run;
 *   gnomon_init(&run, "digits", "brave-otter-7", "{\"lr\": 0.1}");
 *   gnomon_log(&run, 1, "train/loss", 0.5);
 *   gnomon_text(&run, 1, "note", "warm-up over");
 *   gnomon_finish(&run, "finished");
 *
 * GNOMON_URL (http://host:port, default http://127.0.0.1:7117) and GNOMON_TOKEN say where. Lines are kept until the server
 * has them, 1 MB at most, and stored there once however often they are sent. Plain HTTP only; one thread at a time. */
#ifndef GNOMON_H
#define GNOMON_H
#include <stddef.h>
#include <time.h>

#define GNOMON_BYTES (1 << 20)
typedef struct {
    char host[256], port[16], token[512], head[1024], lines[GNOMON_BYTES];
    size_t used;            /* bytes of lines that the server does not have yet */
    long batch, dropped;    /* lines made; lines that found no room */
    time_t sent;
} gnomon_run;

void gnomon_init(gnomon_run *run, const char *project, const char *name, const char *config_json);
void gnomon_log(gnomon_run *run, long step, const char *key, double value);
void gnomon_text(gnomon_run *run, long step, const char *key, const char *text);
int gnomon_flush(gnomon_run *run);                        /* 1 when the server has everything */
int gnomon_finish(gnomon_run *run, const char *state);    /* "finished", "failed" or "killed" */
#endif

#ifdef GNOMON_IMPLEMENTATION
#include <math.h>
#include <netdb.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

static const char *gnomon_quote(const char *text, char *out, size_t size) {
    size_t n = 0;
    for (out[n++] = '"'; *text && n + 8 < size; text++) {
        unsigned char c = (unsigned char)*text;
        if (c < 32) n += (size_t)snprintf(out + n, size - n, "\\u%04x", c);
        else { if (c == '"' || c == '\\') out[n++] = '\\'; out[n++] = (char)c; }
    }
    out[n++] = '"'; out[n] = 0;
    return out;
}

static void gnomon_line(gnomon_run *run, const char *format, ...) {
    size_t room = GNOMON_BYTES - run->used, n;
    char *at = run->lines + run->used;
    va_list args;
    run->batch++;
    n = (size_t)snprintf(at, room, "{%s\"batch\":%ld,", run->head, run->batch);
    va_start(args, format);
    if (n < room) n += (size_t)vsnprintf(at + n, room - n, format, args);
    va_end(args);
    if (n + 3 > room) { run->dropped++; return; }
    memcpy(at + n, "}\n", 3);
    run->used += n + 2;
    if (run->used > GNOMON_BYTES / 2 || time(NULL) != run->sent) gnomon_flush(run);
}

void gnomon_init(gnomon_run *run, const char *project, const char *name, const char *config_json) {
    const char *url = getenv("GNOMON_URL"), *token = getenv("GNOMON_TOKEN");
    char a[400], b[400];
    memset(run, 0, sizeof *run);
    strcpy(run->port, "7117"); strcpy(run->host, "127.0.0.1");
    if (url) sscanf(url, "http://%255[^:/]:%15[0-9]", run->host, run->port);
    if (token) snprintf(run->token, sizeof run->token, "Authorization: Bearer %s\r\n", token);
    snprintf(run->head, sizeof run->head, "\"project\":%s,\"run\":%s,\"writer\":\"c-%ld-%ld\",",
             gnomon_quote(project, a, sizeof a), gnomon_quote(name, b, sizeof b), (long)getpid(), (long)time(NULL));
    gnomon_line(run, "\"config\":%s", config_json ? config_json : "{}");
}

void gnomon_log(gnomon_run *run, long step, const char *key, double value) {
    char k[1100], v[40];
    if (isfinite(value)) snprintf(v, sizeof v, "%.17g", value);
    else strcpy(v, isnan(value) ? "\"NaN\"" : value > 0 ? "\"Infinity\"" : "\"-Infinity\"");
    gnomon_line(run, "\"step\":%ld,%s:%s", step, gnomon_quote(key, k, sizeof k), v);
}

void gnomon_text(gnomon_run *run, long step, const char *key, const char *text) {
    size_t size = 6 * strlen(text) + 16;
    char k[1100], *t = malloc(size);
    if (t) gnomon_line(run, "\"step\":%ld,%s:%s", step, gnomon_quote(key, k, sizeof k), gnomon_quote(text, t, size));
    free(t);
}

int gnomon_flush(gnomon_run *run) {
    struct addrinfo hints = {0}, *found = NULL;
    struct timeval limit = {5, 0};
    char head[1200], answer[16] = "";
    size_t done = 0, n;
    int fd = -1, status = 0;
    if (run->used == 0) return 1;
    run->sent = time(NULL);
    hints.ai_socktype = SOCK_STREAM;
    if (getaddrinfo(run->host, run->port, &hints, &found)) return 0;
    fd = socket(found->ai_family, SOCK_STREAM, 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    if (fd >= 0 && !connect(fd, found->ai_addr, found->ai_addrlen)) {
        n = (size_t)snprintf(head, sizeof head, "POST /api/v1/ingest HTTP/1.1\r\nHost: %s:%s\r\n%sConnection: close\r\n"
            "Content-Type: application/x-ndjson\r\nContent-Length: %zu\r\n\r\n", run->host, run->port, run->token, run->used);
        if (send(fd, head, n, MSG_NOSIGNAL) == (ssize_t)n) {
            while (done < run->used) {
                ssize_t sent = send(fd, run->lines + done, run->used - done, MSG_NOSIGNAL);
                if (sent <= 0) break;
                done += (size_t)sent;
            }
            if (recv(fd, answer, 12, MSG_WAITALL) == 12) status = atoi(answer + 9);
        }
    }
    if (fd >= 0) close(fd);
    freeaddrinfo(found);
    if (status == 400) fprintf(stderr, "gnomon: the server refused lines; see its answer with curl\n");
    if (status != 200 && status != 400) return 0;    /* away, busy or full: the lines stay and go again */
    run->used = 0;
    return 1;
}

int gnomon_finish(gnomon_run *run, const char *state) {
    char s[40];
    gnomon_line(run, "\"state\":%s", gnomon_quote(state, s, sizeof s));
    return gnomon_flush(run);
}
#endif
