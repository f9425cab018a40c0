/* How a launcher ends that ran nothing; README.md has the codes. */
#ifndef OPM_EXIT_H
#define OPM_EXIT_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { REFUSED = 97, BROKEN = 98 };

/* It cannot work, for the reason that errno has. */
static inline void die(const char *what) {
    fprintf(stderr, "opm-launcher: %s: %s\n", what, strerror(errno));
    exit(BROKEN);
}

#endif
