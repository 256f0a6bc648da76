/* plugin.h: the exports of every plugin. */
#ifndef PLUGIN_H
#define PLUGIN_H

/* The plugin's name: an object, not a function. */
extern const char *const plugin_name;

/* Changes a string in place, and returns the number of calls of this instance of the plugin. */
int plugin_run(char *text);

#endif
