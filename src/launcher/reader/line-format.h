/* How lines are written: as they are, with their time in front, or as objects of JSON. */
#ifndef OPM_LINE_FORMAT_H
#define OPM_LINE_FORMAT_H

#include "spec.h"
#include "text.h"

/* Lines as their spec wants them, each ended; valid until the next call. */
struct text format_lines(const struct spec *spec, const char *bytes, size_t size);

#endif
