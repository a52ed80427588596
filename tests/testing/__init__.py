"""What tests share and no test is: the corpus, warm workers, things to grade, read, judge or report."""
