#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "labels/formats/format.h"
#include "tests/check.h"

static void names(const char *root, const char *folder, const char *name, const char *want)
{
    char *got = format_photo_name(root, folder, name);
    CHECK_TEXT(got, want);
    free(got);
}

TEST(below_the_root_names_are_relative)
{
    names("/p", "/p/photos", "a.jpg", "photos/a.jpg");
    names("/p", "/p", "./photos//a.jpg", "photos/a.jpg");
    names("/p", "/p/lists/new", "../../photos/a.jpg", "photos/a.jpg");
    names("/p", "/elsewhere", "/p/a.jpg", "a.jpg");
    names("/", "/photos", "a.jpg", "photos/a.jpg");
}

TEST(elsewhere_names_are_absolute)
{
    names("/p", "/p/..", "q/a.jpg", "/q/a.jpg");
    names("/p", "/pq", "a.jpg", "/pq/a.jpg");
    names("/p", "/p", "../../../../a.jpg", "/a.jpg");
}

static void way(const char *root, const char *photo, const char *want)
{
    char *got = format_relative_name(root, photo);
    CHECK_TEXT(got, want);
    free(got);
}

TEST(the_way_from_the_root_to_a_photo)
{
    way("/p/q", "photos/a.jpg", "photos/a.jpg");
    way("/p/q", "/p/photos/a.jpg", "../photos/a.jpg");
    way("/p/q", "/p/qr/a.jpg", "../qr/a.jpg");
    way("/p/qr", "/p/q/a.jpg", "../q/a.jpg");
    way("/p/q", "/p/q/a.jpg", "a.jpg");
    way("/p/q/r", "/x.jpg", "../../../x.jpg");
    way("/", "/p/a.jpg", "p/a.jpg");
    way("/p", "/pa.jpg", "../pa.jpg");
    way("/p/q", "/p/q", "."); /* nothing behind its end is read */
    way("/", "/", ".");
    way("/p/q", "/p/q/", "");
}

TEST(folders_may_be_relative_to_the_current_one)
{
    char *root = realpath(test_folder(), NULL);
    if (!CHECK(root && chdir(root) == 0 && mkdir("photos", 0777) == 0))
        return;
    names(root, "", "a.jpg", "a.jpg");
    names(root, ".", "a.jpg", "a.jpg");
    names(root, "photos", "x/a.jpg", "photos/x/a.jpg");
    free(root);
}

TEST(links_inside_keep_their_name_and_links_to_the_root_are_followed)
{
    char *top = realpath(test_folder(), NULL);
    char root[1200];
    if (!CHECK(top && chdir(top) == 0 && mkdir("real", 0777) == 0 && mkdir("store", 0777) == 0 &&
               symlink("real", "alias") == 0 && symlink("../store", "real/photos") == 0))
        return;
    snprintf(root, sizeof root, "%s/real", top);
    names(root, "alias", "a.jpg", "a.jpg");
    names(root, root, "photos/a.jpg", "photos/a.jpg");
    free(top);
}

int main(int argc, char **argv)
{
    return test_main(argc, argv);
}
