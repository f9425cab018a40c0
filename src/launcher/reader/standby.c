#define _GNU_SOURCE
#include "standby.h"
#include "../clock.h"
#include "folder.h"
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    SETTLED_MS = 1000, /* a child that lived so long did not end at once */
    MIN_PAUSE_MS = 100,
    MAX_PAUSE_MS = 10000,
};

static pid_t standby; /* 0 when there is none */
static long long standby_begun, standby_due, standby_pause; /* on the monotonic clock, in ms */

/* When the next child may be had, after one has ended or could not be made. */
static void miss_standby(void) {
    standby = 0;
    long long now = now_ms(CLOCK_MONOTONIC);
    if (now - standby_begun >= SETTLED_MS) standby_pause = 0;
    standby_due = now + standby_pause;
    standby_pause = standby_pause == 0 ? MIN_PAUSE_MS : standby_pause * 2;
    if (standby_pause > MAX_PAUSE_MS) standby_pause = MAX_PAUSE_MS;
}

/* It must hold nothing of ours, neither our lock nor the ends of pipes. */
void have_standby(void (*take_over)(void)) {
    standby_begun = now_ms(CLOCK_MONOTONIC);
    pid_t child = fork();
    if (child < 0) miss_standby();
    else standby = child;
    if (child != 0) return;
    syscall(SYS_close_range, 3U, ~0U, 0U);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    if (reopen_folder() != 0) exit(0);
    while (lock_folder(LOCK_EX) != 0) if (errno != EINTR) exit(1);
    if (is_folder_gone()) exit(0);
    standby_pause = 0;
    take_over();
    exit(0);
}

long long standby_due_in(void) {
    if (standby > 0) return -1;
    long long left = standby_due - now_ms(CLOCK_MONOTONIC);
    return left < 0 ? 0 : left;
}

void reap_standby(void) {
    if (standby <= 0 || waitpid(standby, NULL, WNOHANG) != standby) return;
    /* Forgotten first: its number may be another's by now. */
    miss_standby();
    end_if_gone();
}

void stop_standby(void) {
    if (standby <= 0) return;
    kill(standby, SIGKILL);
    waitpid(standby, NULL, 0);
    standby = 0;
}

void end_if_gone(void) {
    if (!is_folder_gone()) return;
    stop_standby();
    exit(0);
}
