/* Times as text, in the tokens of day.js. */
#ifndef OPM_TIME_FORMAT_H
#define OPM_TIME_FORMAT_H

#include "text.h"
#include <time.h>

/* The time in a format; what stands in brackets is no token. */
void append_time(struct text *text, const char *format, const struct timespec *now);

#endif
