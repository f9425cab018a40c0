/*
 * How the lines of one stream of a run are written, as the daemon wants it.
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
#ifndef OPM_SPEC_H
#define OPM_SPEC_H

#include "../log-position.h"

enum { DATE_BYTES = 256 };
enum format { PLAIN, TIMED, JSON };

struct spec {
    char path[LOG_PATH_BYTES], date[DATE_BYTES], name[DATE_BYTES], stream[4];
    enum format format;
    long process;
    long long max_bytes, max_age_ms;
};

/* Reads what an open spec says of a stream, `out` or `err`. -1 when it says nothing of it. */
int read_spec(int fd, const char *stream, struct spec *spec);

#endif
