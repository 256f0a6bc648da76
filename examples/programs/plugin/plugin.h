/* plugin.h: what every plugin exports. */
#ifndef PLUGIN_H
#define PLUGIN_H

/* The plugin's name: an object, not a function. */
extern const char *const plugin_name;

/* Changes a string in place, and returns how often this instance of the plugin has been called. */
int plugin_run(char *text);

#endif
