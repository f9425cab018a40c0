/* How a reader ends that cannot go on. */
#ifndef OPM_DIE_H
#define OPM_DIE_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* For the reason that errno has. The one that stands by takes over. */
static inline void die(const char *what) {
    fprintf(stderr, "opm-reader: %s: %s\n", what, strerror(errno));
    exit(1);
}

#endif
