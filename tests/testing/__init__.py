"""Code that several tests share. It makes things to grade, read, judge or report on."""
