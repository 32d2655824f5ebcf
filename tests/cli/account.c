/* Prints the account that randintd keeps in a file (--account-fd), as GET /stats does: server
 * models that are programs have no /stats. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/account.h"

int main(int argc, char **argv)
{
    static char json[ACCOUNT_JSON_BYTES];
    struct error error;
    int fd = argc == 2 ? open(argv[1], O_RDONLY | O_CLOEXEC) : -1;
    const struct account *account = account_map(fd, &error);
    if (!account) {
        fprintf(stderr, "account: %s\n", error.text);
        return EXIT_FAILURE;
    }
    fwrite(json, 1, account_json(account, json), stdout);
    return EXIT_SUCCESS;
}
