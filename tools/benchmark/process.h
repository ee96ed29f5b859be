/*
 * process: a server under test: started on a core of its own, measured by the kernel's scheduler,
 * stopped by its pid.
 */
#ifndef HAYAT_BENCH_PROCESS_H
#define HAYAT_BENCH_PROCESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum { SERVER_CORE = 0, LOAD_CORE = 1 };

/* Runs to its end; true when it exited with 0. */
bool process_run(const char *const argv[]);
/* PORT answers when it returns; LOG takes standard output and error. */
pid_t process_serve(const char *const argv[], int port, const char *log);
/* Runs beside; on the load's core. */
pid_t process_start(const char *const argv[], const char *log);
void process_stop(pid_t pid);

/* CPU time of all its threads so far, in nanoseconds. */
int64_t process_cpu_ns(pid_t pid);
/* ... of those that serve calls: a day's walk of the campaign, or of retention, takes its time however many calls come beside it. */
int64_t process_calls_cpu_ns(pid_t pid);
/* What it has handed to write calls so far, in bytes. */
int64_t process_written_bytes(pid_t pid);
/* Resident memory in KiB. */
int64_t process_rss_kib(pid_t pid);

/* This process leaves the server's core alone, where there are two. */
void process_pin_self(void);
/* A TCP port on loopback that nobody listens on now, below the range clients get. */
int process_free_port(void);

#endif
