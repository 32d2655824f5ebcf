/* Where files of ours are, of programs in a source tree; tests/cli/install.bats has those that were
 * installed. And what is embedded in a program: each text is its own. */
#include "lib/place.h"

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/embed.h"

EMBED(first_text, "LICENSE");
EMBED(second_text, "run.sh");

static void programs_and_files_are_found_in_the_source_tree(void **state)
{
    (void)state;
    char path[PATH_MAX];
    struct error error;
    assert_false(place_is_installed());
    assert_int_equal(place_find_program("randintd", path, sizeof(path), &error), 0);
    assert_int_equal(access(path, X_OK), 0);
    assert_int_equal(place_find_file("plots/draw.sh", X_OK, path, sizeof(path), &error), 0);
    assert_int_equal(access(path, X_OK), 0);
    assert_string_equal(place_of_commands(), "build/");
}

static void what_is_not_there_is_not_found(void **state)
{
    (void)state;
    char path[PATH_MAX];
    struct error error;
    assert_int_equal(place_find_program("no-such-program", path, sizeof(path), &error), -1);
    assert_non_null(strstr(error.text, "run 'make'"));
    assert_int_equal(place_find_file("plots/none.gp", R_OK, path, sizeof(path), &error), -1);
    assert_int_equal(place_find_file("plots/draw.sh", R_OK, path, 4, &error), -1);
}

static void a_missing_package_has_a_remedy(void **state)
{
    (void)state;
    char text[PLACE_REMEDY_BYTES];
    assert_string_equal(place_remedy("deps languages", "nodejs", text),
                        "'./run.sh deps languages' installs it");
}

static void embedded_texts_are_their_own(void **state)
{
    (void)state;
    assert_memory_equal(first_text, "MIT License", 11);
    assert_memory_equal(second_text, "#!/usr/bin/env bash", 19);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(programs_and_files_are_found_in_the_source_tree),
        cmocka_unit_test(what_is_not_there_is_not_found),
        cmocka_unit_test(a_missing_package_has_a_remedy),
        cmocka_unit_test(embedded_texts_are_their_own),
    };
    return cmocka_run_group_tests_name("place", tests, NULL, NULL);
}
