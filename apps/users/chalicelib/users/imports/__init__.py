"""Items of users and follows that an operator imports into a local stack."""
