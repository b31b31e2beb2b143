/**
 * The HTTP/1.1 client of the load driver: blocking sockets, one request at a time on each, requests built ahead as
 * bytes, answers handed on in slices and never parsed. The server shares its cores with whoever measures it, so what
 * this client costs is taken from the server's figures.
 */
@NullMarked
package archipel.rawhttp;

import org.jspecify.annotations.NullMarked;
