/*
 * Channels to the program whose other end is ours, so that no daemon's death closes one.
 *
 * `--messages` is the channel of Node's process.send; over it the program is told to shut down on SIGUSR2.
 * `--ready` says how the program tells that it is ready, `--alive` how it tells again and again that it is well:
 * `message` over that channel, `notify` over the socket of systemd's sd_notify, N over a pipe that it has as descriptor
 * N and writes line feeds to (s6's notification descriptor).
 */
#ifndef OPM_CHANNELS_H
#define OPM_CHANNELS_H

#include "options.h"
#include <poll.h>

enum { CHANNELS = 3 };

void open_channels(const struct options *o);

/* Gives the program its ends, in the forked child. What stands on the wanted number has been moved away. */
int give_channels(const struct options *o);

/* Closes the program's ends, in the launcher. */
void close_theirs(void);

/* What to poll for. */
void watch_channels(struct pollfd fds[CHANNELS]);

/* Reads what the program has said, and notes it. */
void hear(const struct options *o);

void ask_to_shut_down(void);

#endif
