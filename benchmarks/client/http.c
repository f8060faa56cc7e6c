/* GET requests over K keep-alive connections, each waiting for its answer before the next. */
#include "load.h"
int http_main(int argc, char **argv) { (void)argc; (void)argv; fail("later"); }
