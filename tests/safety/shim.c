/* Loaded into cf-aig by LD_PRELOAD: fails the n-th system call that reads or writes files, or kills the
 * process right before or after it, and sets the clock.
 *
 *   CF_AIG_FAULT="n errno" | "n before" | "n after"   n = 0 only counts
 *   CF_AIG_FAULT_REPORT=file                          one line for each call: its number
 *   CF_AIG_CLOCK=seconds                              the wall clock begins here
 *   CF_AIG_NO_RANDOM="bytes n"                        requests for so many random bytes fail from the n-th on
 *
 * A seccomp filter traps the calls that the program and the C library make, a signal handler carries them
 * out or not. Programs that are started from here are not affected: they lie at other addresses. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <dlfcn.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#if !defined(__x86_64__)
#error "only x86_64"
#endif

/* The one place whose system calls are never trapped. */
__asm__(".text\n.globl cf_raw\ncf_raw:\n"
        "mov %rdi,%rax\nmov %rsi,%rdi\nmov %rdx,%rsi\nmov %rcx,%rdx\nmov %r8,%r10\nmov %r9,%r8\nmov 8(%rsp),%r9\n"
        "syscall\nret\n");
extern long cf_raw(long nr, long a, long b, long c, long d, long e, long f);

static long target; static int fault; static int kill_after; static int report = -1;
static atomic_long count;

static void handler(int signo, siginfo_t *info, void *context) {
  (void)signo; (void)info;
  ucontext_t *u = context; greg_t *r = u->uc_mcontext.gregs;
  long nr = info->si_syscall;
  long n = atomic_fetch_add(&count, 1) + 1;
  if (report >= 0) {
    char line[24];
    int at = sizeof line;
    line[--at] = '\n';
    for (long rest = nr; at && (rest || at == sizeof line - 1); rest /= 10) line[--at] = '0' + rest % 10;
    cf_raw(SYS_write, report, (long)(line + at), sizeof line - at, 0, 0, 0);
  }
  if (n == target && fault > 0) { r[REG_RAX] = -fault; return; }
  if (n == target && !kill_after && fault == 0) cf_raw(SYS_kill, getpid(), SIGKILL, 0, 0, 0, 0);
  r[REG_RAX] = cf_raw(nr, r[REG_RDI], r[REG_RSI], r[REG_RDX], r[REG_R10], r[REG_R8], r[REG_R9]);
  if (n == target && kill_after) cf_raw(SYS_kill, getpid(), SIGKILL, 0, 0, 0, 0);
}

static struct { uintptr_t from, to; } ranges[2]; static int nranges;
static int each(struct dl_phdr_info *i, size_t s, void *d) {
  (void)s; (void)d;
  int main_program = !i->dlpi_name || !*i->dlpi_name;
  if ((main_program || strstr(i->dlpi_name, "libc.so")) && nranges < 2)
    for (int p = 0; p < i->dlpi_phnum; p++)
      if (i->dlpi_phdr[p].p_type == PT_LOAD && (i->dlpi_phdr[p].p_flags & PF_X)) {
        ranges[nranges].from = i->dlpi_addr + i->dlpi_phdr[p].p_vaddr;
        ranges[nranges].to = ranges[nranges].from + i->dlpi_phdr[p].p_memsz; nranges++; break; }
  return 0;
}

static const int calls[] = { SYS_openat, SYS_open, SYS_write, SYS_writev, SYS_rename, SYS_renameat, SYS_renameat2, SYS_link, SYS_linkat,
  SYS_unlink, SYS_unlinkat, SYS_fsync, SYS_fdatasync, SYS_fchmod, SYS_chmod, SYS_fchmodat, SYS_fchown, SYS_mkdir, SYS_mkdirat, SYS_rmdir, SYS_flock,
  SYS_ftruncate, SYS_read, SYS_readlink, SYS_readlinkat, SYS_statx, SYS_newfstatat, SYS_fstat, SYS_getdents64 };

int clock_gettime(clockid_t which, struct timespec *now) {
  static int (*real)(clockid_t, struct timespec *);
  static time_t shift;
  const char *wanted = getenv("CF_AIG_CLOCK");
  if (!real) real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
  int failed = real(which, now);
  if (!failed && wanted && which == CLOCK_REALTIME) {
    if (!shift) shift = atoll(wanted) - now->tv_sec;
    now->tv_sec += shift;
  }
  return failed;
}

/* under another name, because unistd.h declares it with a variable number of arguments */
long cf_syscall(long nr, long a, long b, long c, long d, long e, long f) __asm__("syscall");
long cf_syscall(long nr, long a, long b, long c, long d, long e, long f) {
  static atomic_long asked;
  const char *wanted = nr == SYS_getrandom ? getenv("CF_AIG_NO_RANDOM") : NULL;
  long bytes, from;
  int fails = wanted && sscanf(wanted, "%ld %ld", &bytes, &from) == 2 && bytes == b && atomic_fetch_add(&asked, 1) + 1 >= from;
  long result = fails ? -EIO : cf_raw(nr, a, b, c, d, e, f);
  if (result >= 0 || result < -4095) return result;
  errno = -result;
  return -1;
}

__attribute__((constructor)) static void start(void) {
  const char *spec = getenv("CF_AIG_FAULT"); if (!spec) return;
  char how[16]; if (sscanf(spec, "%ld %15s", &target, how) != 2) return;
  if (!strcmp(how, "before")) fault = 0; else if (!strcmp(how, "after")) kill_after = 1; else fault = atoi(how);
  const char *file = getenv("CF_AIG_FAULT_REPORT");
  if (file) report = open(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  dl_iterate_phdr(each, NULL);
  struct sigaction act; memset(&act, 0, sizeof act); act.sa_sigaction = handler; act.sa_flags = SA_SIGINFO | SA_NODEFER | SA_RESTART;
  sigaction(SIGSYS, &act, NULL);
  struct sock_filter prog[256]; int n = 0;
#define ADD(...) prog[n++] = (struct sock_filter)__VA_ARGS__
#define IPLO (offsetof(struct seccomp_data, instruction_pointer))
  ADD({BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(struct seccomp_data, nr)});
  int m = sizeof calls / sizeof *calls;
  for (int i = 0; i < m; i++) ADD({BPF_JMP | BPF_JEQ | BPF_K, m - i, 0, (uint32_t)calls[i]});
  ADD({BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW});
  /* a range of code never crosses a boundary of 4 GiB in practice: the high half is compared, then the low one */
  for (int i = 0; i < nranges; i++) {
    ADD({BPF_LD | BPF_W | BPF_ABS, 0, 0, IPLO + 4});
    ADD({BPF_JMP | BPF_JEQ | BPF_K, 0, 4, (uint32_t)(ranges[i].from >> 32)});
    ADD({BPF_LD | BPF_W | BPF_ABS, 0, 0, IPLO});
    ADD({BPF_JMP | BPF_JGE | BPF_K, 0, 2, (uint32_t)ranges[i].from});
    ADD({BPF_JMP | BPF_JGE | BPF_K, 1, 0, (uint32_t)ranges[i].to});
    ADD({BPF_RET | BPF_K, 0, 0, SECCOMP_RET_TRAP});
  }
  ADD({BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW});
  struct sock_fprog f = {n, prog};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &f)) { _exit(99); }
}
