#include "process.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/defer.h"

enum { PATH_BYTES = 64 + 8 + 256 + 32, NAME_BYTES = 32 };

static void sleep_ms(long ms)
{
    const struct timespec time = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
    (void)nanosleep(&time, NULL);
}

static bool spawn(const char *const argv[], const char *log, pid_t *ret_pid)
{
    posix_spawn_file_actions_t actions;
    (void)posix_spawn_file_actions_init(&actions);
    if (log != NULL) {
        (void)posix_spawn_file_actions_addopen(&actions, 1, log, O_WRONLY | O_CREAT | O_APPEND,
                                               0600);
        (void)posix_spawn_file_actions_adddup2(&actions, 1, 2);
    }
    int failed = posix_spawn(ret_pid, argv[0], &actions, NULL, (char *const *)(uintptr_t)argv,
                             environ);
    (void)posix_spawn_file_actions_destroy(&actions);
    if (failed != 0) {
        (void)fprintf(stderr, "hayat-bench: cannot start %s\n", argv[0]);
    }
    return failed == 0;
}

bool process_run(const char *const argv[])
{
    pid_t pid;
    int status;
    return spawn(argv, NULL, &pid) && waitpid(pid, &status, 0) == pid && WIFEXITED(status) &&
           WEXITSTATUS(status) == 0;
}

static bool pin(pid_t pid, int core)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET((size_t)core, &set);
    return sched_setaffinity(pid, sizeof set, &set) == 0;
}

void process_pin_self(void)
{
    if (sysconf(_SC_NPROCESSORS_ONLN) > 1) {
        (void)pin(0, LOAD_CORE);
    }
}

static bool answers(int port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    DEFER(defer_close) int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    return fd >= 0 && connect(fd, (const struct sockaddr *)&address, sizeof address) == 0;
}

pid_t process_serve(const char *const argv[], int port, const char *log)
{
    enum { TRIES = 200, PAUSE_MS = 50 };
    pid_t pid;
    int status;
    /* The child inherits the core: its threads are made after that. */
    (void)pin(0, SERVER_CORE);
    bool spawned = spawn(argv, log, &pid);
    process_pin_self();
    for (int i = 0; spawned && i < TRIES; i++) {
        if (answers(port)) {
            return pid;
        }
        if (waitpid(pid, &status, WNOHANG) == pid) {
            break;
        }
        sleep_ms(PAUSE_MS);
    }
    (void)fprintf(stderr, "hayat-bench: %s does not serve; see %s\n", argv[0], log);
    return -1;
}

pid_t process_start(const char *const argv[], const char *log)
{
    pid_t pid;
    return spawn(argv, log, &pid) ? pid : -1;
}

void process_stop(pid_t pid)
{
    int status;
    if (pid > 0 && kill(pid, SIGTERM) == 0) {
        (void)waitpid(pid, &status, 0);
    }
}

/* The number in column COLUMN (from 0) of a one-line file of /proc; 0 when it is gone. */
static int64_t proc_number(const char *path, int column)
{
    char line[256];
    DEFER(defer_fclose) FILE *file = fopen(path, "re");
    if (file == NULL || fgets(line, sizeof line, file) == NULL) {
        return 0;
    }
    const char *text = line;
    for (int i = 0; i < column; i++) {
        text += strcspn(text, " ");
        text += strspn(text, " ");
    }
    return strtoll(text, NULL, 10);
}

/* "" when it has ended. */
static void read_name(const char *task, char ret_name[NAME_BYTES])
{
    char path[PATH_BYTES];
    (void)snprintf(path, sizeof path, "%s/comm", task);
    DEFER(defer_fclose) FILE *file = fopen(path, "re");
    if (file == NULL || fgets(ret_name, NAME_BYTES, file) == NULL) {
        ret_name[0] = '\0';
    }
}

/* A job has a thread named for it (base/thread.h): calls run on the queues' threads, the main one and those the core started. */
static bool serves_calls(const char *task, const char *main_name)
{
    static const char own[] = "hayat-", queue[] = "hayat-queue";
    char name[NAME_BYTES];
    read_name(task, name);
    return strncmp(name, own, sizeof own - 1) != 0 || strncmp(name, queue, sizeof queue - 1) == 0 ||
           strcmp(name, main_name) == 0;
}

static int64_t cpu_ns(pid_t pid, bool of_calls)
{
    char process[64], tasks_path[64 + 8], path[PATH_BYTES], main_name[NAME_BYTES];
    int64_t total = 0;
    (void)snprintf(process, sizeof process, "/proc/%d", pid);
    (void)snprintf(tasks_path, sizeof tasks_path, "%s/task", process);
    read_name(process, main_name);
    DIR *tasks = opendir(tasks_path);
    for (struct dirent *task = tasks == NULL ? NULL : readdir(tasks); task != NULL;
         task = readdir(tasks)) {
        (void)snprintf(path, sizeof path, "%s/%s", tasks_path, task->d_name);
        /* "..", the process, would count its main thread again */
        if (task->d_name[0] != '.' && (!of_calls || serves_calls(path, main_name))) {
            (void)snprintf(path, sizeof path, "%s/%s/schedstat", tasks_path, task->d_name);
            total += proc_number(path, 0);
        }
    }
    if (tasks != NULL) {
        (void)closedir(tasks);
    }
    return total;
}

int64_t process_cpu_ns(pid_t pid)
{
    return cpu_ns(pid, false);
}

int64_t process_calls_cpu_ns(pid_t pid)
{
    return cpu_ns(pid, true);
}

int64_t process_written_bytes(pid_t pid)
{
    char path[64], line[128];
    (void)snprintf(path, sizeof path, "/proc/%d/io", pid);
    DEFER(defer_fclose) FILE *file = fopen(path, "re");
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        if (strncmp(line, "wchar: ", 7) == 0) {
            return strtoll(line + 7, NULL, 10);
        }
    }
    return 0;
}

int64_t process_rss_kib(pid_t pid)
{
    char path[64];
    (void)snprintf(path, sizeof path, "/proc/%d/statm", pid);
    return proc_number(path, 1) * sysconf(_SC_PAGESIZE) / 1024;
}

int process_free_port(void)
{
    enum { FIRST = 21000, COUNT = 8000 };
    static int last;
    for (int i = 0; i < COUNT; i++) {
        int port = FIRST + (getpid() + ++last) % COUNT;
        if (!answers(port)) {
            return port;
        }
    }
    return 0;
}
