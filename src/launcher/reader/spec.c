#define _GNU_SOURCE
#include "spec.h"

enum { SPEC_BYTES = 32 << 10 };

int read_spec(int fd, const char *stream, struct spec *spec) {
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
