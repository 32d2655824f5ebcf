#include "build_driver.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "expect.h"
#include "lib/place.h"
#include "lib/process.h"
#include "trial.h"

static const nsec_t TIMEOUT = 120 * NSEC_PER_SEC;

enum { ABOVE = 3, WORDS_MAX = 96 };

bool build_find_driver(const char *source, char name[BUILD_NAME_BYTES])
{
    static const char words[] = "struct driver driver_";
    for (const char *at = source; (at = strstr(at, words)); at++) {
        const char *from = at + sizeof(words) - 1;
        size_t size =
            strspn(from, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");
        const char *after = from + size;
        after += strspn(after, " \t\n");
        if (size == 0 || size >= BUILD_NAME_BYTES || *after != '=')
            continue;
        memcpy(name, from, size);
        name[size] = '\0';
        return true;
    }
    return false;
}

/* Its text, to be freed. */
static char *read_source(const char *path, struct error *error)
{
    struct stat status;
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file < 0 || fstat(file, &status) < 0 || !S_ISREG(status.st_mode) ||
        status.st_size > BUILD_SOURCE_MAX) {
        if (file < 0)
            error_errno(error, errno, "cannot read %s", path);
        else
            error_set(error, "%s is not a source file of at most 1 MiB", path);
        if (file >= 0)
            close(file);
        return NULL;
    }
    char *text = xcalloc(1, (size_t)status.st_size + 1);
    ssize_t size = read(file, text, (size_t)status.st_size);
    text[size > 0 ? size : 0] = '\0';
    close(file);
    return text;
}

static int write_text(const struct confinement *confinement, const char *name, const char *text,
                      struct error *error)
{
    char path[CONFINE_PATH_BYTES + 32];
    snprintf(path, sizeof(path), "%s/build/%s", confinement->scratch, name);
    FILE *file = fopen(path, "wxe");
    int result =
        file && fputs(text, file) >= 0 ? 0 : error_errno(error, errno, "cannot write %s", path);
    if (file && fclose(file) != 0)
        result = error_errno(error, errno, "cannot write %s", path);
    return result;
}

/* The folder with drivers/driver.h, and the archive's path in it. */
static int find_project(char root[CONFINE_PATH_BYTES], char archive[CONFINE_PATH_BYTES],
                        struct error *error)
{
    static const char header[] = "/drivers/driver.h";
    char path[PATH_MAX], library[PATH_MAX];
    if (place_is_installed())
        return error_set(error, "a driver in C is graded in waitbench's source tree, after 'make'; "
                                "a program can be graded here");
    if (process_find_beside(header + 1, ABOVE, R_OK, path, sizeof(path), error) < 0 ||
        process_find_beside("waitbench.a", 0, R_OK, library, sizeof(library), error) < 0)
        return error_prefix(error, "a driver in C is built in waitbench's source folder, after "
                                   "'make'; a program can be graded anywhere");
    size_t size = strlen(path) - (sizeof(header) - 1);
    if (strncmp(path, library, size) != 0 || size >= CONFINE_PATH_BYTES ||
        strlen(library) >= CONFINE_PATH_BYTES)
        return error_set(error, "%s is not below %s, or the path is too long", library, path);
    memcpy(root, path, size);
    root[size] = '\0';
    strcpy(archive, library + size + 1);
    return 0;
}

/* Split at blanks, in place. */
static size_t add_words(char *text, char *argv[], size_t count)
{
    for (char *word; (word = strsep(&text, " "));)
        if (*word && count < WORDS_MAX - 1)
            argv[count++] = word;
    argv[count] = NULL;
    return count;
}

struct compilation {
    const struct confinement *confinement;
    /* The scratch folder and the project as the compiler sees them, and the archive in it. */
    const char *folder, *source, *archive;
    char *message; /* shared */
};

static _Noreturn void become_compiler(const struct compilation *compilation, int output)
{
    char include[CONFINE_PATH_BYTES + 32], archive[2 * CONFINE_PATH_BYTES + 32],
        files[4][CONFINE_PATH_BYTES + 64], flags[] = HOST_FLAGS,
                                           libraries[] = "-Wl,--as-needed " HOST_LIBRARIES,
                                           compiler[] = HOST_COMPILER;
    const char *folder = compilation->folder;
    char *argv[WORDS_MAX];
    snprintf(include, sizeof(include), "-I%s", compilation->source);
    snprintf(archive, sizeof(archive), "%s/%s", compilation->source, compilation->archive);
    snprintf(files[0], sizeof(files[0]), "-I%s/drivers", compilation->source);
    snprintf(files[1], sizeof(files[1]), "%s/build/driver.c", folder);
    snprintf(files[2], sizeof(files[2]), "%s/build/main.c", folder);
    snprintf(files[3], sizeof(files[3]), "-o%s/build/driver", folder);
    size_t count = add_words(compiler, argv, 0);
    count = add_words(flags, argv, count);
    char *const own[] = {include, files[0], files[1], files[2], files[3], archive};
    for (size_t i = 0; i < sizeof(own) / sizeof(own[0]) && count < WORDS_MAX - 1; i++)
        argv[count++] = own[i];
    add_words(libraries, argv, count);
    int nothing = open("/dev/null", O_RDONLY);
    if (dup2(nothing, STDIN_FILENO) < 0 || dup2(output, STDOUT_FILENO) < 0 ||
        dup2(output, STDERR_FILENO) < 0)
        _exit(EXIT_FAILURE);
    close_range(3, ~0U, 0);
    confine_exec(compilation->confinement, argv);
}

/* All that it prints is read, so that it comes to its end, and the beginning is kept. */
static void read_message(int input, char *message)
{
    char text[4096];
    size_t used = 0;
    for (ssize_t size; (size = read(input, text, sizeof(text))) > 0;)
        for (ssize_t i = 0; i < size && used < BUILD_MESSAGE_BYTES - 1; i++) {
            unsigned char c = (unsigned char)text[i];
            message[used++] = c == '\n'            ? '\n'
                              : c == '\t'          ? ' '
                              : c < ' ' || c > '~' ? '?'
                                                   : (char)c;
        }
    message[used] = '\0';
}

static void compile(const void *argument)
{
    const struct compilation *compilation = argument;
    char how[64];
    int ends[2], status = 0;
    expect(pipe2(ends, O_CLOEXEC) == 0, "no pipe to the compiler");
    pid_t compiler = fork();
    if (compiler == 0)
        become_compiler(compilation, ends[1]);
    close(ends[1]);
    read_message(ends[0], compilation->message);
    while (compiler > 0 && waitpid(compiler, &status, 0) < 0 && errno == EINTR)
        continue;
    expect(compiler > 0 && status == 0, "the compiler %s",
           process_describe_end(status, how, sizeof(how)));
}

/* The files that are compiled: the student's, and a main() for its driver. */
static enum build_result write_files(const struct confinement *confinement, const char *path,
                                     char *message, struct error *error)
{
    char name[BUILD_NAME_BYTES], program[512];
    char *source = read_source(path, error);
    if (!source)
        return BUILD_IMPOSSIBLE;
    bool found = build_find_driver(source, name);
    int result = write_text(confinement, "driver.c", source, error);
    free(source);
    if (!found) {
        snprintf(message, BUILD_MESSAGE_BYTES,
                 "it defines no driver: 'const struct driver driver_NAME = {' has to be in it");
        return BUILD_REFUSED;
    }
    snprintf(program, sizeof(program),
             "#include \"bench/grade/driver_host.h\"\n\nextern const struct driver driver_%s;\n\n"
             "int main(void)\n{\n    return driver_host(&driver_%s);\n}\n",
             name, name);
    if (result < 0 || write_text(confinement, "main.c", program, error) < 0)
        return BUILD_IMPOSSIBLE;
    return BUILD_DONE;
}

enum build_result build_driver(struct confinement *confinement, unsigned active, const char *path,
                               char message[BUILD_MESSAGE_BYTES], struct error *error)
{
    static char archive[CONFINE_PATH_BYTES], *shared;
    enum build_result result = write_files(confinement, path, message, error);
    if (result != BUILD_DONE)
        return result;
    if (find_project(confinement->source, archive, error) < 0)
        return BUILD_IMPOSSIBLE;
    shared = shared ? shared : trial_share(BUILD_MESSAGE_BYTES);
    confinement->builds = true;
    const struct compilation compilation = {confinement, confine_folder(confinement, active),
                                            confine_source(confinement, active), archive, shared};
    enum trial_result ended = trial_run(compile, &compilation, TIMEOUT, error);
    confinement->builds = false;
    confinement->source[0] = '\0';
    snprintf(confinement->program, sizeof(confinement->program), "%.900s/build/driver",
             confine_folder(confinement, active));
    if (ended == TRIAL_PASSED)
        return BUILD_DONE;
    if (ended == TRIAL_INTERRUPTED)
        return BUILD_INTERRUPTED;
    if (ended == TRIAL_BROKEN)
        return BUILD_IMPOSSIBLE;
    snprintf(message, BUILD_MESSAGE_BYTES, "%s%s%.1600s", error->text, shared[0] ? ":\n" : "",
             shared);
    return BUILD_REFUSED;
}
