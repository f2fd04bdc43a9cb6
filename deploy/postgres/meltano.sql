-- Beside the warehouse: Meltano's system database, with the states and the record of runs.
create database meltano;
