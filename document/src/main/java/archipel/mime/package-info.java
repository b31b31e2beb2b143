/**
 * How texts and bodies are written around HTTP: percent-encoding, and MIME multipart messages as they come. Knows
 * streams and bytes alone, so that whoever serves requests and whoever sends them use the same.
 */
@NullMarked
package archipel.mime;

import org.jspecify.annotations.NullMarked;
