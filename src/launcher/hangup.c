/*
 * opm-hangup: ends when nobody reads its standard output any more, or when its standard input ends. Node cannot wait
 * for the first: it would notice only when it writes.
 */
#include <poll.h>

int main(void) {
    struct pollfd fds[] = {{0, POLLIN, 0}, {1, 0, 0}};
    while (poll(fds, 2, -1) < 0) continue;
    return 0;
}
