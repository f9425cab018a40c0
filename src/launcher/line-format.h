/*
 * How the reader writes lines: as they are, with their time in front, or as objects of JSON.
 *
 * A spec is a text, `KEY VALUE` a line:
 *
 *     out PATH, err PATH    where the lines of each stream go
 *     format plain | time | json
 *     date FORMAT           of the time, in the tokens of day.js: YYYY-MM-DD HH:mm:ss.SSS Z
 *     name NAME, process N  whose lines they are; for JSON
 *     max BYTES             size at which the log is rotated; 0 for never
 *     age MS                time after which it is rotated whatever its size; 0 for never
 */
#ifndef OPM_LINE_FORMAT_H
#define OPM_LINE_FORMAT_H

#include "log-position.h"
#include <limits.h>
#include <time.h>

enum { BATCH_BYTES = 256 << 10, MAX_LINE_BYTES = 16 << 20, SPEC_BYTES = 32 << 10, DATE_BYTES = 256 };
enum format { PLAIN, TIMED, JSON };

struct spec {
    char path[LOG_PATH_BYTES], date[DATE_BYTES], name[DATE_BYTES], stream[4];
    enum format format;
    long process;
    long long max_bytes, max_age_ms;
};

/* Bytes that grow; their room is kept for the next ones. */
struct text {
    char *bytes;
    size_t size, room;
};

static inline int read_spec(int fd, const char *stream, struct spec *spec) {
    static char text[SPEC_BYTES];
    ssize_t size = read(fd, text, sizeof text - 1);
    if (size <= 0) return -1;
    text[size] = 0;
    snprintf(spec->stream, sizeof spec->stream, "%s", stream);
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
        char *value = strchr(line, ' ');
        if (!value) continue;
        *value++ = 0;
        if (strcmp(line, stream) == 0) snprintf(spec->path, sizeof spec->path, "%s", value);
        else if (strcmp(line, "format") == 0)
            spec->format = strcmp(value, "json") == 0 ? JSON : strcmp(value, "time") == 0 ? TIMED : PLAIN;
        else if (strcmp(line, "date") == 0) snprintf(spec->date, sizeof spec->date, "%s", value);
        else if (strcmp(line, "name") == 0) snprintf(spec->name, sizeof spec->name, "%s", value);
        else if (strcmp(line, "process") == 0) spec->process = atol(value);
        else if (strcmp(line, "max") == 0) spec->max_bytes = atoll(value);
        else if (strcmp(line, "age") == 0) spec->max_age_ms = atoll(value);
    }
    return spec->path[0] ? 0 : -1;
}

static inline void append(struct text *text, const char *bytes, size_t size) {
    if (text->size + size > text->room) {
        text->room = (text->size + size) * 2;
        text->bytes = realloc(text->bytes, text->room);
        if (!text->bytes) abort();
    }
    memcpy(text->bytes + text->size, bytes, size);
    text->size += size;
}

static inline void append_string(struct text *text, const char *string) { append(text, string, strlen(string)); }

/* ---- time ------------------------------------------------------------------------------------- */

/* What a token stands for, as strftime(3) has it; those that it has not are written out below. */
static const struct { const char *token, *format; } TOKENS[] = {
    {"YYYY", "%Y"}, {"YY", "%y"}, {"MMMM", "%B"}, {"MMM", "%b"}, {"MM", "%m"}, {"DD", "%d"}, {"dddd", "%A"},
    {"ddd", "%a"}, {"HH", "%H"}, {"hh", "%I"}, {"mm", "%M"}, {"ss", "%S"}, {"A", "%p"},
};

static inline void append_zone(struct text *text, const struct tm *local, int with_colon) {
    char zone[16];
    long minutes = local->tm_gmtoff / 60, size = labs(minutes);
    snprintf(zone, sizeof zone, with_colon ? "%c%02ld:%02ld" : "%c%02ld%02ld", minutes < 0 ? '-' : '+',
             size / 60 % 100, size % 60);
    append_string(text, zone);
}

/* One token at `at`; its length, 0 when there is none. */
static inline size_t append_token(struct text *text, const char *at, const struct tm *local, const struct timespec *now) {
    char piece[64];
    for (size_t i = 0; i < sizeof TOKENS / sizeof *TOKENS; i++) {
        size_t length = strlen(TOKENS[i].token);
        if (strncmp(at, TOKENS[i].token, length) != 0) continue;
        append(text, piece, strftime(piece, sizeof piece, TOKENS[i].format, local));
        return length;
    }
    const struct { const char *token; const char *format; long value; } numbers[] = {
        {"SSS", "%03ld", now->tv_nsec / 1000000}, {"x", "%ld", now->tv_sec * 1000 + now->tv_nsec / 1000000},
        {"X", "%ld", now->tv_sec}, {"M", "%ld", local->tm_mon + 1L}, {"D", "%ld", (long)local->tm_mday},
        {"H", "%ld", (long)local->tm_hour}, {"h", "%ld", (local->tm_hour + 11) % 12 + 1L},
        {"m", "%ld", (long)local->tm_min}, {"s", "%ld", (long)local->tm_sec},
    };
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        if (strncmp(at, numbers[i].token, strlen(numbers[i].token)) != 0) continue;
        snprintf(piece, sizeof piece, numbers[i].format, numbers[i].value);
        append_string(text, piece);
        return strlen(numbers[i].token);
    }
    if (at[0] == 'a') { append_string(text, local->tm_hour < 12 ? "am" : "pm"); return 1; }
    if (at[0] != 'Z') return 0;
    append_zone(text, local, at[1] != 'Z');
    return at[1] == 'Z' ? 2 : 1;
}

/* The time in a format; what stands in brackets is no token. */
static inline void append_time(struct text *text, const char *format, const struct timespec *now) {
    struct tm local;
    localtime_r(&now->tv_sec, &local);
    while (*format) {
        const char *close = *format == '[' ? strchr(format, ']') : NULL;
        if (close) {
            append(text, format + 1, (size_t)(close - format - 1));
            format = close + 1;
            continue;
        }
        size_t length = append_token(text, format, &local, now);
        if (length == 0) append(text, format, length = 1);
        format += length;
    }
}

/* ---- JSON ------------------------------------------------------------------------------------- */

/* Length of the UTF-8 character at `s`; 0 when it is none (RFC 3629: shortest forms, no surrogates). */
static inline size_t utf8_length(const unsigned char *s, size_t left) {
    if (s[0] < 0x80) return 1;
    size_t length = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;
    if (s[0] < 0xc2 || s[0] > 0xf4 || left < length) return 0;
    for (size_t i = 1; i < length; i++) if ((s[i] & 0xc0) != 0x80) return 0;
    int is_bad = (s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) || (s[0] == 0xf0 && s[1] < 0x90) ||
                 (s[0] == 0xf4 && s[1] > 0x8f);
    return is_bad ? 0 : length;
}

/* A JSON string. 0 when the bytes are no UTF-8: then it holds the replacement character for each that is none. */
static inline int append_json(struct text *text, const char *bytes, size_t size) {
    int is_exact = 1;
    append(text, "\"", 1);
    for (size_t i = 0, length; i < size; i += length) {
        unsigned char c = (unsigned char)bytes[i];
        length = utf8_length((const unsigned char *)bytes + i, size - i);
        if (length == 0) {
            is_exact = 0;
            length = 1;
            append_string(text, "\xef\xbf\xbd");
        } else if (c == '"' || c == '\\') {
            append(text, "\\", 1);
            append(text, bytes + i, 1);
        } else if (c < 0x20 || c == 0x7f) {
            char escape[8];
            snprintf(escape, sizeof escape, "\\u%04x", c);
            append_string(text, escape);
        } else {
            append(text, bytes + i, length);
        }
    }
    append(text, "\"", 1);
    return is_exact;
}

static inline void append_base64(struct text *text, const unsigned char *bytes, size_t size) {
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < size; i += 3) {
        unsigned long group = (unsigned long)bytes[i] << 16 | (i + 1 < size ? bytes[i + 1] : 0UL) << 8 |
                              (i + 2 < size ? bytes[i + 2] : 0UL);
        char four[4] = {digits[group >> 18], digits[group >> 12 & 63], digits[group >> 6 & 63], digits[group & 63]};
        if (i + 2 >= size) four[3] = '=';
        if (i + 1 >= size) four[2] = '=';
        append(text, four, 4);
    }
}

/* What is no UTF-8 has no JSON text: its bytes stand beside it. */
static inline void append_object(struct text *text, const struct spec *spec, const struct text *time,
                                 const char *line, size_t size) {
    char process[64];
    append_string(text, "{\"timestamp\":");
    append_json(text, time->bytes, time->size);
    snprintf(process, sizeof process, ",\"type\":\"%s\",\"process_id\":%ld,\"app_name\":", spec->stream, spec->process);
    append_string(text, process);
    append_json(text, spec->name, strlen(spec->name));
    append_string(text, ",\"message\":");
    if (!append_json(text, line, size)) {
        append_string(text, ",\"base64\":\"");
        append_base64(text, (const unsigned char *)line, size);
        append(text, "\"", 1);
    }
    append_string(text, "}\n");
}

/* ---- lines ------------------------------------------------------------------------------------ */

/* Lines as their spec wants them, each ended; valid until the next call. */
static inline struct text format_lines(const struct spec *spec, const char *bytes, size_t size) {
    static struct text text, time;
    struct timespec now;
    text.size = time.size = 0;
    clock_gettime(CLOCK_REALTIME, &now);
    append_time(&time, spec->date, &now);
    for (const char *line = bytes, *end = bytes + size; line < end;) {
        const char *newline = memchr(line, '\n', (size_t)(end - line));
        size_t length = (size_t)((newline ? newline : end) - line);
        if (spec->format == JSON) {
            append_object(&text, spec, &time, line, length);
        } else {
            if (spec->format == TIMED) {
                append(&text, time.bytes, time.size);
                append(&text, ": ", 2);
            }
            append(&text, line, length);
            append(&text, "\n", 1);
        }
        line += length + 1;
    }
    return text;
}

#endif
