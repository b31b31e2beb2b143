/**
 * How a node is told what to do: what a setting is, how its value is written, where values come from and which of them
 * counts. Each setting is declared once, in a {@link archipel.settings.SettingGroup} beside the code that reads it; its
 * flag, its environment variable, its line in the TOML file, its place in CouchDB's {@code _config}, its documentation
 * and its checks all come from there. This package declares none but the name of that file.
 */
@NullMarked
package archipel.settings;

import org.jspecify.annotations.NullMarked;
