#define _GNU_SOURCE
#include "time-format.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What a token stands for, as strftime(3) has it; those that it has not are written out below. */
static const struct { const char *token, *format; } TOKENS[] = {
    {"YYYY", "%Y"}, {"YY", "%y"}, {"MMMM", "%B"}, {"MMM", "%b"}, {"MM", "%m"}, {"DD", "%d"}, {"dddd", "%A"},
    {"ddd", "%a"}, {"HH", "%H"}, {"hh", "%I"}, {"mm", "%M"}, {"ss", "%S"}, {"A", "%p"},
};

static void append_zone(struct text *text, const struct tm *local, int with_colon) {
    char zone[16];
    long minutes = local->tm_gmtoff / 60, size = labs(minutes);
    snprintf(zone, sizeof zone, with_colon ? "%c%02ld:%02ld" : "%c%02ld%02ld", minutes < 0 ? '-' : '+',
             size / 60 % 100, size % 60);
    append_string(text, zone);
}

/* One token at `at`; its length, 0 when there is none. */
static size_t append_token(struct text *text, const char *at, const struct tm *local, const struct timespec *now) {
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

void append_time(struct text *text, const char *format, const struct timespec *now) {
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
