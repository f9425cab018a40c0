#define _GNU_SOURCE
#include "supervise.h"
#include "../clock.h"
#include "channels.h"
#include "run-file.h"
#include "tree.h"
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

enum { KILL_PAUSE_MS = 50, QUIET_LOOKS = 3 };

static void note_exit(int status) {
    long long now = now_ms(CLOCK_REALTIME);
    if (WIFSIGNALED(status))
        note("exit signal %d %d %lld\n", WTERMSIG(status), WCOREDUMP(status) ? 1 : 0, now);
    else
        note("exit code %d %lld\n", WEXITSTATUS(status), now);
}

/* Waits for a child that ended or for the deadline (monotonic ms, -1 for none), and hears the program meanwhile. */
static void wait_for_child(const struct options *o, int signals, long long deadline) {
    for (;;) {
        long long left = deadline < 0 ? -1 : deadline - now_ms(CLOCK_MONOTONIC);
        if (deadline >= 0 && left <= 0) return;
        struct pollfd fds[1 + CHANNELS] = {{signals, POLLIN, 0}};
        watch_channels(fds + 1);
        if (poll(fds, 1 + CHANNELS, left > INT_MAX ? INT_MAX : (int)left) < 0) return;
        /* The last word of a program that has ended is still in its channel. */
        hear(o);
        struct signalfd_siginfo came;
        if (!fds[0].revents || read(signals, &came, sizeof came) <= 0) continue;
        if (came.ssi_signo == SIGCHLD) return;
        ask_to_shut_down();
    }
}

/*
 * The leader has ended: ends what it left behind, first politely. While a child is left the tree is not empty,
 * whatever a look at /proc finds: it takes time, and what forks and ends meanwhile is not in it. Only foreign
 * children may stay, when nothing else was seen for several looks.
 */
static void end_tree(const struct options *o, int signals) {
    long long deadline = now_ms(CLOCK_MONOTONIC) + o->kill_timeout_ms;
    int signal = o->kill_signal;
    for (int quiet_looks = 0; quiet_looks < QUIET_LOOKS;) {
        pid_t reaped;
        while ((reaped = waitpid(-1, NULL, WNOHANG)) > 0) continue;
        if (reaped < 0) return;
        int late = now_ms(CLOCK_MONOTONIC) >= deadline;
        if (late) kill_children();
        size_t foreign, left = signal_tree(late ? SIGKILL : signal, &foreign);
        signal = 0;
        quiet_looks = left == 0 && foreign > 0 ? quiet_looks + 1 : 0;
        long long again = left > 0 && !late ? deadline : now_ms(CLOCK_MONOTONIC) + KILL_PAUSE_MS;
        wait_for_child(o, signals, again);
    }
}

void supervise(const struct options *o, pid_t leader, int signals) {
    for (;;) {
        int status;
        pid_t pid = waitpid(-1, &status, WNOHANG);
        if (pid == 0) { wait_for_child(o, signals, -1); continue; }
        if (pid < 0 && errno == ECHILD) return;
        if (pid != leader) continue;
        hear(o);
        note_exit(status);
        break;
    }
    if (!o->leave_tree) end_tree(o, signals);
}
