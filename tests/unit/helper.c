#include "helper.h"

#include <stdbool.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static void must(bool done)
{
    if (!done)
        abort();
}

void helper_start(struct helper *helper, void (*work)(void))
{
    int go[2], done[2];
    char word;
    must(pipe(go) == 0 && pipe(done) == 0);
    helper->pid = fork();
    must(helper->pid >= 0);
    if (helper->pid == 0) {
        close(go[1]);
        while (read(go[0], &word, 1) == 1 && word != 'e') {
            work();
            if (write(done[1], &word, 1) != 1)
                break;
        }
        _exit(0);
    }
    close(go[0]);
    close(done[1]);
    helper->go = go[1];
    helper->done = done[0];
}

void helper_work(struct helper *helper)
{
    char word = 'w';
    must(write(helper->go, &word, 1) == 1);
    must(read(helper->done, &word, 1) == 1);
}

/* In a word: later children hold the pipes too, so closing them would not be heard. */
void helper_let_end(struct helper *helper)
{
    char word = 'e';
    must(write(helper->go, &word, 1) == 1);
    close(helper->go);
    close(helper->done);
}

void helper_end(struct helper *helper)
{
    helper_let_end(helper);
    must(waitpid(helper->pid, NULL, 0) == helper->pid);
}
