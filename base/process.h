/*
 * process: what a program that holds keys or codes does before anything else.
 *
 * Threads  before the first other thread: signals are blocked in every thread that is begun after it.
 */
#ifndef HAYAT_BASE_PROCESS_H
#define HAYAT_BASE_PROCESS_H

#include <signal.h>

/* SEC-D3: no core dumps, and nothing in the environment that makes gRPC or OpenSSL write secrets down. */
void process_harden(void);

/* SIGTERM, SIGINT and SIGHUP come to sigwait alone; SIGPIPE is ignored. */
sigset_t process_block_signals(void);

#endif
