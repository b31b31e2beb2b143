/**
 * What can be set about a node. Each setting is declared once, in {@link archipel.settings.Declared}; its flag, its
 * environment variable, its line in the TOML file, its place in CouchDB's {@code _config}, its documentation and its
 * checks all come from there.
 */
@NullMarked
package archipel.settings;

import org.jspecify.annotations.NullMarked;
