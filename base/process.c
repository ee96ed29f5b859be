#include "base/process.h"

#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "base/array.h"

void process_harden(void)
{
    static const char *const unwanted[] = {"GRPC_VERBOSITY", "GRPC_TRACE", "SSLKEYLOGFILE"};
    const struct rlimit none = {0, 0};
#if !defined(__SANITIZE_ADDRESS__) /* the leak checker attaches to its own process */
    (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
    (void)setrlimit(RLIMIT_CORE, &none);
    for (size_t i = 0; i < ARRAY_LEN(unwanted); i++) {
        (void)unsetenv(unwanted[i]);
    }
}

sigset_t process_block_signals(void)
{
    sigset_t signals;
    (void)sigemptyset(&signals);
    (void)sigaddset(&signals, SIGTERM);
    (void)sigaddset(&signals, SIGINT);
    (void)sigaddset(&signals, SIGHUP);
    (void)pthread_sigmask(SIG_BLOCK, &signals, NULL);
    (void)signal(SIGPIPE, SIG_IGN);
    return signals;
}
