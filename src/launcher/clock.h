/* Time in milliseconds. */
#ifndef OPM_CLOCK_H
#define OPM_CLOCK_H

#include <time.h>

static inline long long now_ms(clockid_t clock) {
    struct timespec t;
    clock_gettime(clock, &t);
    return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

static inline void pause_ms(long ms) {
    struct timespec t = {ms / 1000, ms % 1000 * 1000000L};
    nanosleep(&t, NULL);
}

/* Of two waits; -1 is for ever. */
static inline long long sooner(long long a, long long b) {
    return a < 0 || (b >= 0 && b < a) ? b : a;
}

#endif
