#define _GNU_SOURCE
#include "line-format.h"
#include "json.h"
#include "time-format.h"

struct text format_lines(const struct spec *spec, const char *bytes, size_t size) {
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
