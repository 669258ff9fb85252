package dev.wsgibridge.cgibin;

import java.nio.file.Path;

/**
 * A program that is to answer one request.
 *
 * @param file absolute
 * @param scriptName SCRIPT_NAME, the program's own name included
 * @param pathInfo PATH_INFO, what follows it
 */
record Program(Path file, String scriptName, String pathInfo) {}
